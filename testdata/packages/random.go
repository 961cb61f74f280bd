package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

// randomCall is SQL whose rows differ from run to run.
var randomCall = regexp.MustCompile(`(?i)\b(random|rand|gen_random_uuid|uuid)\s*\(`)

// randomNodes are the nodes of a project that ran whose data differ from run to run: those whose compiled SQL calls random(), and
// what is built on them. Whether a test with a threshold passes on such data or warns says nothing about the tool.
func randomNodes(project string) (map[string]bool, error) {
	raw, err := os.ReadFile(filepath.Join(project, "target", "manifest.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // no command came so far
	}
	if err != nil {
		return nil, err
	}
	var m struct {
		Nodes map[string]struct {
			PackageName      string `json:"package_name"`
			OriginalFilePath string `json:"original_file_path"`
			ResourceType     string `json:"resource_type"`
		}
		ChildMap map[string][]string `json:"child_map"`
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, err
	}
	random := map[string]bool{}
	var mark func(id string)
	mark = func(id string) {
		if random[id] {
			return
		}
		random[id] = true
		for _, child := range m.ChildMap[id] {
			mark(child)
		}
	}
	for id, n := range m.Nodes {
		if n.ResourceType != "model" {
			continue
		}
		sql, err := os.ReadFile(filepath.Join(project, "target", "compiled", n.PackageName, filepath.FromSlash(n.OriginalFilePath)))
		if errors.Is(err, fs.ErrNotExist) {
			continue // not part of the commands
		}
		if err != nil {
			return nil, err
		}
		if randomCall.Match(sql) {
			mark(id)
		}
	}
	return random, nil
}
