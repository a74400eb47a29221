// Only tells Go that import paths may end in /v3 (GOPATH mode, "minimal module compatibility"):
// what is imported comes from Debian's packages and is not downloaded.
module pion_client
