"""What a project's manifests promise, compared with what its code uses."""
