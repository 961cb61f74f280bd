package dbtjinja

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// fromJSON reads JSON as Python's json.loads does: objects keep their order,
// numbers without a point are ints of any size. Python's NaN and Infinity are
// known where they stand alone.
func fromJSON(text string) (jinja.Value, error) {
	switch strings.TrimSpace(text) {
	case "NaN":
		return jinja.Float(math.NaN()), nil
	case "Infinity":
		return jinja.Float(math.Inf(1)), nil
	case "-Infinity":
		return jinja.Float(math.Inf(-1)), nil
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	v, err := jsonValue(dec)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("extra data after the JSON value")
	}
	return v, nil
}

// FromJSON reads JSON into Jinja values, see [fromJSON].
func FromJSON(text string) (jinja.Value, error) { return fromJSON(text) }

func jsonValue(dec *json.Decoder) (jinja.Value, error) {
	tok, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch t := tok.(type) {
	case nil:
		return jinja.None, nil
	case bool:
		return jinja.Bool(t), nil
	case string:
		return jinja.Str(t), nil
	case json.Number:
		return jsonNumber(string(t))
	case json.Delim:
		if t == '[' {
			l := jinja.NewList()
			for dec.More() {
				e, err := jsonValue(dec)
				if err != nil {
					return nil, err
				}
				l.Append(e)
			}
			_, err := dec.Token()
			return l, err
		}
		d := jinja.NewDict()
		for dec.More() {
			k, err := dec.Token()
			if err != nil {
				return nil, err
			}
			e, err := jsonValue(dec)
			if err != nil {
				return nil, err
			}
			d.SetStr(k.(string), e) // the decoder allows only string keys
		}
		_, err := dec.Token()
		return d, err
	}
	return nil, errors.New("not JSON")
}

func jsonNumber(s string) (jinja.Value, error) {
	if !strings.ContainsAny(s, ".eE") {
		if i, err := strconv.ParseInt(s, 10, 64); err == nil {
			return jinja.Int(i), nil
		}
		if b, ok := new(big.Int).SetString(s, 10); ok {
			return jinja.NewBigInt(b), nil
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	return jinja.Float(f), err
}
