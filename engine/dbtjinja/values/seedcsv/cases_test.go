package seedcsv

// agateCases holds files and what dbt 1.11 (agate 1.9) makes of them: names, types, rows (nil is null).
var agateCases = []struct {
	in, delim    string
	text         []string
	names, types []string
	rows         [][]any
	warn         []string
	err          string
}{
	{in: "a,b\n1,x\n2,y\n", delim: ",", text: nil, names: []string{"a", "b"}, types: []string{"Number", "Text"}, rows: [][]any{{"1", "x"}, {"2", "y"}}, warn: nil, err: ""},
	{in: "id,amount,d,ts,flag,name\n003,1.50,2024-01-05,2024-01-05 10:00:00,true,null\n4,2,2024-1-6,2024-01-05 1:2:3,FALSE,\n", delim: ",", text: nil, names: []string{"id", "amount", "d", "ts", "flag", "name"}, types: []string{"Number", "Number", "Date", "DateTime", "Boolean", "Number"}, rows: [][]any{{"3", "1.50", "2024-01-05", "2024-01-05 10:00:00", true, nil}, {"4", "2", "2024-01-06", "2024-01-05 01:02:03", false, nil}}, warn: nil, err: ""},
	{in: "a\n\n1\n\n", delim: ",", text: nil, names: []string{"a"}, types: []string{"Number"}, rows: [][]any{{nil}, {"1"}, {nil}}, warn: nil, err: ""},
	{in: "a,b\n", delim: ",", text: nil, names: []string{"a", "b"}, types: []string{"Integer", "Integer"}, rows: [][]any{}, warn: nil, err: ""},
	{in: "a;b\n1;\"x;y\"\n", delim: ";", text: nil, names: []string{"a", "b"}, types: []string{"Number", "Text"}, rows: [][]any{{"1", "x;y"}}, warn: nil, err: ""},
	{in: "a,b\n1\n2,3\n", delim: ",", text: nil, names: []string{"a", "b"}, types: []string{"Number", "Number"}, rows: [][]any{{"1", nil}, {"2", "3"}}, warn: nil, err: ""},
	{in: "a,b\n1,2,3\n", delim: ",", text: nil, names: nil, types: nil, rows: [][]any{}, warn: nil, err: "Row 0 has 3 values, but Table only has 2 columns."},
	{in: "x\n\"a\"\"b\"\n\"l1\r\nl2\"\n\"q\"tail\nab\"c\n", delim: ",", text: nil, names: []string{"x"}, types: []string{"Text"}, rows: [][]any{{"a\"b"}, {"l1\nl2"}, {"qtail"}, {"ab\"c"}}, warn: nil, err: ""},
	{in: "\ufeffa,b\r\n1,2\r\n", delim: ",", text: nil, names: []string{"a", "b"}, types: []string{"Number", "Number"}, rows: [][]any{{"1", "2"}}, warn: nil, err: ""},
	{in: "a,a,,a\n1,2,3,4\n", delim: ",", text: nil, names: []string{"a", "a_2", "c", "a_3"}, types: []string{"Number", "Number", "Number", "Number"}, rows: [][]any{{"1", "2", "3", "4"}}, warn: []string{"Column name \"a\" already exists in Table. Column will be renamed to \"a_2\".", "Column 2 has no name. Using \"c\".", "Column name \"a\" already exists in Table. Column will be renamed to \"a_3\"."}, err: ""},
	{in: "n\n\"1,234\"\n$5\n-7%\n1e3\n", delim: ",", text: nil, names: []string{"n"}, types: []string{"Number"}, rows: [][]any{{"1234"}, {"5"}, {"-7"}, {"1E+3"}}, warn: nil, err: ""},
	{in: "n\n1.5\nnan\n", delim: ",", text: nil, names: []string{"n"}, types: []string{"Number"}, rows: [][]any{{"1.5"}, {"NaN"}}, warn: nil, err: ""},
	{in: "n\n1\nabc\n", delim: ",", text: nil, names: []string{"n"}, types: []string{"Text"}, rows: [][]any{{"1"}, {"abc"}}, warn: nil, err: ""},
	{in: "t\n2024-01-01T10:00:00\n2024-01-01T10:00:00.5\n", delim: ",", text: nil, names: []string{"t"}, types: []string{"ISODateTime"}, rows: [][]any{{"2024-01-01 10:00:00"}, {"2024-01-01 10:00:00.500000"}}, warn: nil, err: ""},
	{in: "t\n2024-01-01T10:00:00Z\n20240102T1000+0330\n2024-W05-2T10:30\n", delim: ",", text: nil, names: []string{"t"}, types: []string{"ISODateTime"}, rows: [][]any{{"2024-01-01 10:00:00+00:00"}, {"2024-01-02 10:00:00+03:30"}, {"2024-01-30 10:30:00"}}, warn: nil, err: ""},
	{in: "t\n2024-01-01\n2024-01-01 10:00:00\n", delim: ",", text: nil, names: []string{"t"}, types: []string{"Text"}, rows: [][]any{{"2024-01-01"}, {"2024-01-01 10:00:00"}}, warn: nil, err: ""},
	{in: "t\n2024-02-30\n", delim: ",", text: nil, names: []string{"t"}, types: []string{"Text"}, rows: [][]any{{"2024-02-30"}}, warn: nil, err: ""},
	{in: "b\ntrue\nyes\n", delim: ",", text: nil, names: []string{"b"}, types: []string{"Text"}, rows: [][]any{{"true"}, {"yes"}}, warn: nil, err: ""},
	{in: "b\n TRUE \nfalse\nNULL\n", delim: ",", text: nil, names: []string{"b"}, types: []string{"Boolean"}, rows: [][]any{{true}, {false}, {nil}}, warn: nil, err: ""},
	{in: "zip,v\n00123,1\n00456,null\n", delim: ",", text: []string{"zip"}, names: []string{"zip", "v"}, types: []string{"Text", "Number"}, rows: [][]any{{"00123", "1"}, {"00456", nil}}, warn: nil, err: ""},
	{in: "zip,v\n,\nnull,\n", delim: ",", text: []string{"zip"}, names: []string{"zip", "v"}, types: []string{"Text", "Number"}, rows: [][]any{{nil, nil}, {nil, nil}}, warn: nil, err: ""},
	{in: "all\nnull\n\"\"\n", delim: ",", text: nil, names: []string{"all"}, types: []string{"Number"}, rows: [][]any{{nil}, {nil}}, warn: nil, err: ""},
	{in: "a\tb\n1\t2\n", delim: "\t", text: nil, names: []string{"a", "b"}, types: []string{"Number", "Number"}, rows: [][]any{{"1", "2"}}, warn: nil, err: ""},
	{in: " a , b \n 1 , x \n", delim: ",", text: nil, names: []string{" a ", " b "}, types: []string{"Number", "Text"}, rows: [][]any{{"1", " x "}}, warn: nil, err: ""},
	{in: "n\n1.0\n2.00\n", delim: ",", text: nil, names: []string{"n"}, types: []string{"Number"}, rows: [][]any{{"1.0"}, {"2.00"}}, warn: nil, err: ""},
	{in: "n\n123456789012345678901234567890.5\n", delim: ",", text: nil, names: []string{"n"}, types: []string{"Number"}, rows: [][]any{{"1.234567890123456789012345679E+29"}}, warn: nil, err: ""},
	{in: "n\n\u0663\n", delim: ",", text: nil, names: []string{"n"}, types: []string{"Number"}, rows: [][]any{{"3"}}, warn: nil, err: ""},
	{in: "n\n1_000\n", delim: ",", text: nil, names: []string{"n"}, types: []string{"Number"}, rows: [][]any{{"1000"}}, warn: nil, err: ""},
	{in: "c\n1\n", delim: ",", text: []string{"nope"}, names: []string{"c"}, types: []string{"Number"}, rows: [][]any{{"1"}}, warn: []string{"\"nope\" does not match the name of any column in this table."}, err: ""},
	{in: "d\n2024-01-05T\n", delim: ",", text: nil, names: []string{"d"}, types: []string{"Text"}, rows: [][]any{{"2024-01-05T"}}, warn: nil, err: ""},
	{in: "d\n2024-123T10\n", delim: ",", text: nil, names: []string{"d"}, types: []string{"ISODateTime"}, rows: [][]any{{"2024-05-02 10:00:00"}}, warn: nil, err: ""},
	{in: "d\n\"2024-01-01T10,5\"\n2024T23:59:59.9999999-05\n", delim: ",", text: nil, names: []string{"d"}, types: []string{"ISODateTime"}, rows: [][]any{{"2024-01-01 10:30:00"}, {"2024-01-01 23:59:59.999999-05:00"}}, warn: nil, err: ""},
}
