package keychain

// chunkSize keeps a chunk within every platform's item (Windows: 2,560 bytes).
const chunkSize = 2400

// secretServiceSizes: D-Bus sets no useful limit, but every byte is copied through the bus, so large payloads are deflated.
func secretServiceSizes() (inline, chunk int) { return 48 << 10, 48 << 10 }

// windowsSizes: CRED_MAX_CREDENTIAL_BLOB_SIZE is 5*512 bytes (Microsoft, CREDENTIALW structure).
func windowsSizes() (inline, chunk int) { return 2560, chunkSize }

// macSizes: the secret is handed to `security -i` as one line, base64 coded, and that program reads lines of at most
// MAX_LINE_LEN 4,096 bytes (apple-oss-distributions/Security, SecurityTool/macOS/security.c). A margin of 64 bytes is left
// for its terminator and for quotes.
func macSizes(service, item string) (inline, chunk int) {
	const command = "add-generic-password -U -s  -a  -w go-keyring-base64:\n"
	free := 4096 - 64 - len(command) - len(service) - len(item)
	return free / 4 * 3, min(chunkSize, free/4*3)
}
