// Small helpers of the portal's pages; every page works without them.
