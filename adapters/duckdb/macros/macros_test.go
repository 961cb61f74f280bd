package macros

import (
	"testing"

	"github.com/gdbt-dev/gdbt/engine/adapter/macrotest"
)

func TestABI(t *testing.T)   { macrotest.ABI(t, FS(), "testdata/abi.txt") }
func TestNames(t *testing.T) { macrotest.Names(t, FS()) }
