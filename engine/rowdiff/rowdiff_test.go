package rowdiff_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/rowdiff"
)

// testdata/daff.json holds tables with what daff 1.4.2 prints of their
// difference, as dbt calls it.
func TestLikeDaff(t *testing.T) {
	raw, err := os.ReadFile("testdata/daff.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Columns          []string
		Expected, Actual [][]rowdiff.Cell
		Differs          bool
		Rendered         string
	}
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		d := rowdiff.Compare(rowdiff.Table{Columns: c.Columns, Rows: c.Expected}, rowdiff.Table{Columns: c.Columns, Rows: c.Actual})
		if d.Differs != c.Differs {
			t.Errorf("case %d: differs is %v, daff says %v", i, d.Differs, c.Differs)
			continue
		}
		if !d.Differs {
			continue
		}
		if diff := cmp.Diff(c.Rendered, d.Render(true)); diff != "" {
			t.Errorf("case %d (-daff +ours):\n%s", i, diff)
		}
	}
}

func table(columns string, rows ...string) rowdiff.Table {
	t := rowdiff.Table{Columns: strings.Split(columns, ",")}
	for _, r := range rows {
		var cells []rowdiff.Cell
		for _, c := range strings.Split(r, ",") {
			if c == "null" {
				cells = append(cells, nil)
			} else {
				cells = append(cells, rowdiff.Text(c))
			}
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

func ExampleDiff_Render() {
	expected := table("id,name", "1,ada", "2,bo", "3,null")
	actual := table("id,name", "1,ada", "2,bob", "4,cy")
	text := rowdiff.Compare(expected, actual).Render(false)
	fmt.Print(strings.ReplaceAll(text, "\r\n", "\n"))
	// Output:
	// @@ ,id,name
	//    ,1 ,ada
	// →  ,2 ,bo→bob
	// +++,4 ,cy
	// ---,3 ,null
}

func BenchmarkCompare(b *testing.B) {
	var rows, other []string
	for i := range 1000 {
		rows = append(rows, fmt.Sprintf("%d,name %d,%d", i, i, i%7))
		if i%50 > 0 {
			other = append(other, rows[i])
		}
	}
	x, y := table("id,name,kind", rows...), table("id,name,kind", other...)
	for b.Loop() {
		rowdiff.Compare(x, y).Render(true)
	}
}
