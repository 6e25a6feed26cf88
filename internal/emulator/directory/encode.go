package directory

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// Encode writes a document in the format Parse reads.
func Encode(doc *Document) ([]byte, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	var value any = doc
	if doc.typed() {
		var n yaml.Node
		if err := n.Encode(doc); err != nil {
			return nil, fmt.Errorf("encode tenant state: %w", err)
		}
		doc.typeValues(&n)
		value = &n
	}
	if err := enc.Encode(value); err != nil {
		return nil, fmt.Errorf("encode tenant state: %w", err)
	}
	return b.Bytes(), enc.Close()
}
