package event

import (
	"fmt"
	"strings"
)

// RefKey names a relation in the events of the cache.
type RefKey struct {
	Database   string `log:"database"`
	Schema     string `log:"schema"`
	Identifier string `log:"identifier"`
}

func (k RefKey) String() string {
	return "(database=" + k.Database + ", schema=" + k.Schema + ", identifier=" + k.Identifier + ")"
}

// CacheAction: something happens to the relation cache. Which keys are there depends on the action.
type CacheAction struct {
	Action                   string
	RefKey, RefKey2, RefKey3 *RefKey
	RefList                  []RefKey
}

func (CacheAction) Kind() Kind { return Kind{"CacheAction", "E022", Debug} }

// Message has a text for each action; without an action it is the key alone, as dbt has it for links that it skips.
func (e CacheAction) Message(Style) string {
	key := func(k *RefKey) string {
		if k == nil {
			return RefKey{}.String()
		}
		return k.String()
	}
	one, two, three := key(e.RefKey), key(e.RefKey2), key(e.RefKey3)
	switch e.Action {
	case "add_link":
		return "adding link, " + one + " references " + two
	case "add_relation":
		return "adding relation: " + one
	case "drop_relation":
		return "Dropping relation: " + one
	case "drop_missing_relation":
		return "dropped a nonexistent relationship: " + one
	case "drop_cascade":
		list := make([]string, len(e.RefList))
		for i, k := range e.RefList {
			list[i] = pyString(k.String())
		}
		return "drop " + one + " is cascading to [" + strings.Join(list, ", ") + "]"
	case "update_reference":
		return fmt.Sprintf("updated reference from %s -> %s to %s -> %s", one, three, two, three)
	case "temporary_relation":
		return "old key " + one + " not found in self.relations, assuming temporary"
	case "rename_relation":
		return "Renaming relation " + one + " to " + two
	}
	return one
}

// data leaves out the keys that are not there.
func (e CacheAction) data() map[string]any {
	key := func(k RefKey) map[string]any {
		return map[string]any{"database": k.Database, "schema": k.Schema, "identifier": k.Identifier}
	}
	list := make([]any, len(e.RefList))
	for i, k := range e.RefList {
		list[i] = key(k)
	}
	m := map[string]any{"action": e.Action, "ref_list": list}
	for name, k := range map[string]*RefKey{"ref_key": e.RefKey, "ref_key_2": e.RefKey2, "ref_key_3": e.RefKey3} {
		if k != nil {
			m[name] = key(*k)
		}
	}
	return m
}

// CacheDumpGraph shows the relation cache before or after an action: each relation with what reads it, as Python prints
// a list. dbt prints the relations in no order, this by name.
type CacheDumpGraph struct {
	Dump        map[string]string `log:"dump"`
	BeforeAfter string            `log:"before_after"`
	Action      string            `log:"action"`
}

func (CacheDumpGraph) Kind() Kind { return Kind{"CacheDumpGraph", "E031", Debug} }
func (e CacheDumpGraph) Message(Style) string {
	return "dump " + e.BeforeAfter + " " + e.Action + " : " + pyDict(e.Dump)
}
