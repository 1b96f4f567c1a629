"""What people do: pages, writes, reads, jobs."""
