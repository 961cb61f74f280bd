package docs

import (
	"bytes"
	"encoding/json"
)

// Folder is the folder of the site's data, beside index.html.
const Folder = "gdbt_docs"

// shard is a script that hands JSON to the page. JSON is JavaScript, and nothing of a value can leave its quotes.
func shard(name string, value any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("gdbtDocs.put(\"" + name + "\",")
	if err := encode(&b, value); err != nil {
		return nil, err
	}
	b.WriteString(");\n")
	return b.Bytes(), nil
}

// encode writes compact JSON. "<" stays as it is: a shard is a file of its own, or escaped as text in the static file.
func encode(b *bytes.Buffer, value any) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1) // the line's end
	return nil
}
