package values

import "github.com/gdbt-dev/gdbt/engine/jinja"

// functionConfig is what a function's materialization reads of its node (dbt/adapters/base/relation.py, FunctionConfig);
// None for what is no function.
func functionConfig(a args) (jinja.Value, error) {
	v, err := a.bind("get_function_config", required("model"))
	if err != nil {
		return nil, err
	}
	model, ok := v[0].(*jinja.Dict)
	if !ok {
		return nil, compilationError("get_function_config() takes the model, got <class '%s'>", v[0].Type())
	}
	text := func(d *jinja.Dict, key string) string {
		if x, ok := d.GetStr(key); ok {
			s, _ := jinja.AsString(x)
			return s
		}
		return ""
	}
	if text(model, "resource_type") != "function" {
		return jinja.None, nil
	}
	c := jinja.NewDict()
	if x, ok := model.GetStr("config"); ok {
		if d, ok := x.(*jinja.Dict); ok {
			c = d
		}
	}
	language := text(model, "language")
	entry, version := text(c, "entry_point"), text(c, "runtime_version")
	switch {
	case language == "":
		return nil, runtimeError("A `language` is required for functions")
	case text(c, "type") == "":
		return nil, runtimeError("A `type` is required for functions")
	case language == "python" && version == "":
		return nil, runtimeError("A `runtime_version` is required for python functions")
	case language == "python" && entry == "":
		return nil, runtimeError("An `entry_point` is required for python functions")
	}
	return NewRecord("FunctionConfig", "language", jinja.Str(language), "type", jinja.Str(text(c, "type")),
		"runtime_version", strOrNone(version), "entry_point", strOrNone(entry)), nil
}

// functionMacro names the macro that makes a function of this kind and language, as scalar_function_sql.
func functionMacro(a args) (jinja.Value, error) {
	v, err := a.bind("get_function_macro_name", required("config"))
	if err != nil {
		return nil, err
	}
	c, ok := v[0].(*Record)
	if !ok {
		return nil, compilationError("get_function_macro_name() takes what get_function_config() gives, got <class '%s'>", v[0].Type())
	}
	kind, err := c.Attr(nil, "type")
	if err != nil {
		return nil, err
	}
	language, err := c.Attr(nil, "language")
	if err != nil {
		return nil, err
	}
	return jinja.Str(kind.String() + "_function_" + language.String()), nil
}
