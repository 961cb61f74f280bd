package generate

import (
	"fmt"
	"slices"
	"strings"
)

var (
	systems  = []string{"shop", "ledger", "mail", "depot", "desk", "ads", "portal", "fleet"}
	topics   = []string{"revenue", "growth", "service", "stock", "delivery", "finance", "quality", "people"}
	entities = []string{"orders", "buyers", "charges", "visits", "bills", "requests", "parcels", "campaigns", "items", "returns", "plans", "signals"}
)

const levels = 3 // of intermediate models

// shape decides which models there are and what they refer to.
func (p *Project) shape() {
	n := p.opts.Models
	staging, intermediate := n*40/100, n*35/100
	if n < 10 {
		staging, intermediate = n, 0
	}
	mart := n - staging - intermediate
	for i := range min(max(n/5, 1), 200) {
		s := systems[i%len(systems)]
		p.parts.tables = append(p.parts.tables, &table{System: s, Name: fmt.Sprintf("%s_%d", entities[i%len(entities)], i)})
	}
	for i := range min(max(n/50, 1), 20) {
		p.parts.seeds = append(p.parts.seeds, fmt.Sprintf("segment_names_%d", i))
	}
	for i := range max(n/20, 1) {
		p.parts.docs = append(p.parts.docs, fmt.Sprintf("about_%d", i))
	}
	p.parts.levels = map[int][]*model{}
	for i := range staging {
		t := p.parts.tables[i%len(p.parts.tables)]
		name := "stg_" + t.System + "__" + t.Name
		if part := i / len(p.parts.tables); part > 0 {
			name += fmt.Sprintf("_part%d", part)
		}
		p.add(&model{Name: name, Layer: "staging", Topic: t.System, Table: t, Materialized: p.kind("view", i%8 == 7)})
	}
	for i := range intermediate {
		topic := topics[i%len(topics)]
		level := 1 + i*levels/intermediate
		kind := p.kind("view", i%4 == 0)
		// Tables in the middle: views on views on views would make the database's planner the thing that is measured.
		if level == 2 && i%2 == 1 {
			kind = "table"
		}
		m := &model{Name: fmt.Sprintf("int_%s__%s_%d", topic, entities[i%len(entities)], i), Layer: "intermediate", Level: level, Topic: topic, Materialized: kind}
		m.Parents = p.parents(level, p.rand.from(1, p.opts.Parents))
		p.add(m)
	}
	for i := range mart {
		topic := topics[i%len(topics)]
		prefix, kind := "fct", "incremental"
		switch {
		case i%3 == 0:
			prefix, kind = "dim", "table"
		case i%2 == 0:
			kind = "table"
		}
		m := &model{Name: fmt.Sprintf("%s_%s_%s_%d", prefix, topic, entities[i%len(entities)], i), Layer: "marts", Level: levels + 1, Topic: topic, Materialized: kind}
		m.Parents = p.parents(m.Level, p.rand.from(2, p.opts.Parents+1))
		p.add(m)
	}
}

func (p *Project) kind(kind string, ephemeral bool) string {
	if ephemeral && !p.opts.NoEphemeral {
		return "ephemeral"
	}
	return kind
}

func (p *Project) add(m *model) {
	m.Dir = "models/" + m.Layer + "/" + m.Topic
	m.Tier = p.rand.from(1, 3)
	p.parts.models = append(p.parts.models, m)
	p.parts.levels[m.Level] = append(p.parts.levels[m.Level], m)
}

// parents picks different models of the levels below, one at least of the level just below.
func (p *Project) parents(level, n int) []*model {
	var list []*model
	for i := range n {
		from := level - 1
		if i > 0 && p.rand.below(10) < 4 {
			from = p.rand.below(level)
		}
		for len(p.parts.levels[from]) == 0 {
			from--
		}
		if m := pick(&p.rand, p.parts.levels[from]); !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	return list
}

// solid is a parent that is a relation, so that a test of another model may refer to it; nil if all are ephemeral.
func (m *model) solid() *model {
	for _, p := range m.Parents {
		if p.Materialized != "ephemeral" {
			return p
		}
	}
	return nil
}

var words = strings.Fields(`the amount of each record as it was agreed with the buyer before rebates and after tax is kept in
	the currency of the order and is brought up to date every night by the source system which owns it while late rows
	are taken in by the next run and figures of closed months never change again unless a correction was booked`)

func (p *Project) sentence(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = pick(&p.rand, words)
	}
	s := strings.Join(list, " ")
	return strings.ToUpper(s[:1]) + s[1:] + "."
}
