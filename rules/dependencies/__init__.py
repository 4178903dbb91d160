"""What a project's manifests promise, compared with what its code uses."""

from rules.dependencies.declared import Manifest
from rules.dependencies.facts import Policy
from rules.dependencies.review import DependencyResult, check_dependencies
from rules.dependencies.tree import Tree
from rules.dependencies.usage import FileUsage, Usage, collect, is_used, usage_of
from rules.dependencies.versions import DeclaredVersions

__all__ = [
    "DeclaredVersions",
    "DependencyResult",
    "FileUsage",
    "Manifest",
    "Policy",
    "Tree",
    "Usage",
    "check_dependencies",
    "collect",
    "is_used",
    "usage_of",
]
