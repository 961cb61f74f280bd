package values

import (
	"errors"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// ephemeralPrefix starts the name of an ephemeral model's CTE.
const ephemeralPrefix = "__dbt__cte__"

var relationMethods = methods[*Relation]{
	"render": func(r *Relation, a args) (jinja.Value, error) { return jinja.Str(r.Render()), a.none("render") },
	"render_limited": func(r *Relation, a args) (jinja.Value, error) {
		return jinja.Str(r.renderLimited()), a.none("render_limited")
	},
	"render_event_time_filtered": func(r *Relation, a args) (jinja.Value, error) {
		v, err := a.bind("render_event_time_filtered", optional("rendered"))
		if err != nil {
			return nil, err
		}
		if s, ok := jinja.AsString(v[0]); ok && s != "" {
			return jinja.Str(r.renderFiltered(s)), nil
		}
		return jinja.Str(r.renderFiltered(r.Render())), nil
	},
	"quoted": func(r *Relation, a args) (jinja.Value, error) {
		v, err := a.bind("quoted", required("identifier"))
		if err != nil {
			return nil, err
		}
		return jinja.Str(r.r.Quoted(v[0].String())), nil
	},
	"quote": func(r *Relation, a args) (jinja.Value, error) {
		return r.changePolicy("quote", a, func(c *Relation) (d, s, i *bool) {
			return &c.r.Quote.Database, &c.r.Quote.Schema, &c.r.Quote.Identifier
		})
	},
	"include": func(r *Relation, a args) (jinja.Value, error) {
		return r.changePolicy("include", a, func(c *Relation) (d, s, i *bool) {
			return &c.r.Include.Database, &c.r.Include.Schema, &c.r.Include.Identifier
		})
	},
	"incorporate": func(r *Relation, a args) (jinja.Value, error) {
		if err := a.kwOnly("incorporate"); err != nil {
			return nil, err
		}
		return r.change(a.kw, true)
	},
	"get_function_config":     func(_ *Relation, a args) (jinja.Value, error) { return functionConfig(a) },
	"get_function_macro_name": func(_ *Relation, a args) (jinja.Value, error) { return functionMacro(a) },
	"replace": func(r *Relation, a args) (jinja.Value, error) {
		if err := a.kwOnly("replace"); err != nil {
			return nil, err
		}
		return r.change(a.kw, false)
	},
	"replace_path": func(r *Relation, a args) (jinja.Value, error) {
		if err := a.kwOnly("replace_path"); err != nil {
			return nil, err
		}
		c := *r
		for _, k := range a.kw {
			if err := c.setPart(k.Name, k.Value); err != nil {
				return nil, err
			}
		}
		return c.check()
	},
	"without_identifier": func(r *Relation, a args) (jinja.Value, error) {
		return r.WithoutIdentifier(), a.none("without_identifier")
	},
	"information_schema": func(r *Relation, a args) (jinja.Value, error) {
		v, err := a.bind("information_schema", optional("view_name"))
		if err != nil {
			return nil, err
		}
		s, _ := jinja.AsString(v[0]) // anything but a str counts as no view
		return r.InformationSchema(s), nil
	},
	"information_schema_only": func(r *Relation, a args) (jinja.Value, error) {
		return r.InformationSchema(""), a.none("information_schema_only")
	},
	"matches": func(r *Relation, a args) (jinja.Value, error) {
		v, err := a.bind("matches", optional("database"), optional("schema"), optional("identifier"))
		if err != nil {
			return nil, err
		}
		ok, err := r.Matches(textOf(v[0]), textOf(v[1]), textOf(v[2]))
		return jinja.Bool(ok), err
	},
	"get": func(r *Relation, a args) (jinja.Value, error) {
		v, err := a.bind("get", required("key"), optional("default"))
		if err != nil {
			return nil, err
		}
		s, _ := jinja.AsString(v[0])
		if s == "metadata" {
			d := jinja.NewDict()
			d.SetStr("type", jinja.Str(r.Type()))
			return d, nil
		}
		if f := r.field(s); f != nil {
			return f, nil
		}
		return v[1], nil
	},
	"keys":   func(r *Relation, _ args) (jinja.Value, error) { return nil, notADict(r) },
	"values": func(r *Relation, _ args) (jinja.Value, error) { return nil, notADict(r) },
	"items":  func(r *Relation, _ args) (jinja.Value, error) { return nil, notADict(r) },
	"to_dict": func(r *Relation, a args) (jinja.Value, error) {
		v, err := a.bind("to_dict", jinja.Param{Name: "omit_none", Default: jinja.False})
		if err != nil {
			return nil, err
		}
		return r.dict(v[0].Truth()), nil
	},
	"add_ephemeral_prefix": func(_ *Relation, a args) (jinja.Value, error) { return addEphemeralPrefix(a) },
	"scd_args":             func(_ *Relation, a args) (jinja.Value, error) { return scdArgs(a) },
	"create":               func(r *Relation, a args) (jinja.Value, error) { return r.class.createPlain(a) },
	"create_from":          func(r *Relation, a args) (jinja.Value, error) { return r.class.createFrom(a) },
	"relation_max_name_length": func(r *Relation, a args) (jinja.Value, error) {
		if r.class.maxName == 0 {
			return nil, jinja.Raise("AttributeError", "'"+r.class.name+"' object has no attribute 'relation_max_name_length'")
		}
		return jinja.Int(r.class.maxName), a.none("relation_max_name_length")
	},
	"get_default_quote_policy": func(r *Relation, a args) (jinja.Value, error) {
		return r.class.defaultQuotePolicy(), a.none("get_default_quote_policy")
	},
	"get_default_include_policy": func(_ *Relation, a args) (jinja.Value, error) {
		return policy(true, true, true), a.none("get_default_include_policy")
	},
}

// none is the error of a method that takes no arguments and got some.
func (a args) none(fn string) error {
	_, err := a.bind(fn)
	return err
}

func (a args) kwOnly(fn string) error {
	if len(a.pos) > 0 {
		return jinja.Raise("TypeError", fn+"() takes 1 positional argument but more were given: name the arguments")
	}
	return nil
}

// textOf is the text of a str; "" for None and everything else.
func textOf(v jinja.Value) string {
	s, _ := jinja.AsString(v)
	return s
}

func (r *Relation) changePolicy(fn string, a args, fields func(*Relation) (d, s, i *bool)) (jinja.Value, error) {
	v, err := a.bind(fn, optional("database"), optional("schema"), optional("identifier"))
	if err != nil {
		return nil, err
	}
	c := *r
	d, s, i := fields(&c)
	for n, p := range []*bool{d, s, i} {
		if !isNone(v[n]) {
			*p = v[n].Truth()
		}
	}
	return c.check()
}

func (r *Relation) setPart(name string, v jinja.Value) error {
	var s string
	switch {
	case v == jinja.None:
	default:
		text, ok := jinja.AsString(v)
		if !ok {
			return compilationError("Got an invalid path %s: %s", name, v)
		}
		s = text
	}
	switch name {
	case "database":
		r.r.Database = s
	case "schema":
		r.r.Schema = s
	case "identifier":
		r.r.Identifier = s
	default:
		return jinja.Raise("TypeError", "Path.__init__() got an unexpected keyword argument '"+name+"'")
	}
	return nil
}

// change sets fields by name. Nested ones (path and the policies) are merged
// into the present ones, or replaced as a whole.
func (r *Relation) change(kw []jinja.Kwarg, merge bool) (jinja.Value, error) {
	c := *r
	for _, k := range kw {
		if err := c.set(k.Name, k.Value, merge); err != nil {
			return nil, err
		}
	}
	return c.check()
}

func (r *Relation) set(name string, v jinja.Value, merge bool) error {
	switch name {
	case "path":
		if !merge {
			r.r.Database, r.r.Schema, r.r.Identifier = "", "", ""
		}
		return eachField(name, v, func(key string, f jinja.Value) error {
			switch key {
			case "database", "schema", "identifier":
				return r.setPart(key, f)
			}
			return nil // from_dict passes over other names, here too
		})
	case "quote_policy":
		if !merge {
			r.r.Quote = adapter.QuotePolicy{Database: true, Schema: true, Identifier: true}
		}
		return setPolicy(name, v, &r.r.Quote.Database, &r.r.Quote.Schema, &r.r.Quote.Identifier)
	case "include_policy":
		if !merge {
			r.r.Include = adapter.IncludePolicy{Database: true, Schema: true, Identifier: true}
		}
		return setPolicy(name, v, &r.r.Include.Database, &r.r.Include.Schema, &r.r.Include.Identifier)
	case "type":
		t, err := relationType(v)
		r.r.Type = t
		return err
	case "quote_character":
		r.r.QuoteChar = textOf(v)
	case "limit":
		r.r.Limit = nil
		if n, ok := v.(jinja.Int); ok {
			limit := int64(n)
			r.r.Limit = &limit
		} else if !isNone(v) {
			return runtimeError("The limit of a relation must be an integer, got %s", v.Repr())
		}
	case "event_time_filter":
		return r.setEventFilter(v)
	case "require_alias":
		r.r.SubqueryAlias = v.Truth()
	case "dbt_created":
		r.dbtCreated = v.Truth()
	case "external":
		r.r.External = ""
		if !isNone(v) {
			r.r.External = v.String()
		}
	case "information_schema_view":
		if !isNone(v) {
			s, ok := jinja.AsString(v)
			if !ok {
				return compilationError("Got an invalid name: %s", v)
			}
			r.view = s
		}
	}
	// Other names are ignored, as by dbt's from_dict.
	return nil
}

func (r *Relation) setEventFilter(v jinja.Value) error {
	if isNone(v) {
		r.r.EventTime = nil
		return nil
	}
	f := &adapter.EventTimeFilter{}
	err := eachField("event_time_filter", v, func(key string, v jinja.Value) error {
		if isNone(v) {
			return nil
		}
		switch key {
		case "field_name":
			f.Field = v.String()
		case "start":
			f.Start = v.String()
		case "end":
			f.End = v.String()
		}
		return nil
	})
	r.r.EventTime = f
	return err
}

func setPolicy(name string, v jinja.Value, database, schema, identifier *bool) error {
	return eachField(name, v, func(key string, f jinja.Value) error {
		if isNone(f) {
			return nil
		}
		switch key {
		case "database":
			*database = f.Truth()
		case "schema":
			*schema = f.Truth()
		case "identifier":
			*identifier = f.Truth()
		}
		return nil
	})
}

// eachField goes through a dict or a record.
func eachField(what string, v jinja.Value, f func(key string, v jinja.Value) error) error {
	var d *jinja.Dict
	switch x := v.(type) {
	case *jinja.Dict:
		d = x
	case *Record:
		d = x.Dict()
	case jinja.NoneType:
		return nil
	default:
		return runtimeError("%s of a relation must be a dictionary, got %s", what, v.Repr())
	}
	var errs []error
	for k, e := range d.Items() {
		errs = append(errs, f(k.String(), e))
	}
	return errors.Join(errs...)
}

func (r *Relation) dict(omitNone bool) *jinja.Dict {
	d := jinja.NewDict()
	put := func(name string, v jinja.Value) {
		if rec, ok := v.(*Record); ok {
			sub := jinja.NewDict()
			for k, e := range rec.Dict().Items() {
				if !omitNone || e != jinja.None {
					_ = sub.Set(k, e) // names hash
				}
			}
			v = sub
		}
		if !omitNone || v != jinja.None {
			d.SetStr(name, v)
		}
	}
	for _, n := range []string{"path", "type", "quote_character", "include_policy", "quote_policy", "dbt_created", "limit", "event_time_filter", "require_alias", "catalog"} {
		put(n, r.field(n))
	}
	return d
}

func addEphemeralPrefix(a args) (jinja.Value, error) {
	v, err := a.bind("add_ephemeral_prefix", required("name"))
	if err != nil {
		return nil, err
	}
	return jinja.Str(ephemeralPrefix + v[0].String()), nil
}

func scdArgs(a args) (jinja.Value, error) {
	v, err := a.bind("scd_args", required("primary_key"), required("updated_at"))
	if err != nil {
		return nil, err
	}
	out := jinja.NewList()
	if l, ok := v[0].(*jinja.List); ok {
		out.Elems = append(out.Elems, l.Elems...)
	} else {
		out.Append(v[0])
	}
	out.Append(v[1])
	return out, nil
}
