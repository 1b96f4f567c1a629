"""The child process that parses strangers' files. It knows nothing of the portal and touches nothing but its pipes."""
