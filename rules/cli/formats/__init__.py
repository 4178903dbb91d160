"""The forms a result is printed in, one module each."""
