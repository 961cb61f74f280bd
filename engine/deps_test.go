package engine_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gdbt-dev/gdbt/engine"
	"github.com/gdbt-dev/gdbt/engine/config"
)

// The hub of packages is the one that the environment names, under dbt's name or its newer one.
func TestPackageHub(t *testing.T) {
	asked := ""
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.Path
		_, _ = w.Write([]byte(`["acme/other"]`))
	}))
	defer hub.Close()
	for _, variable := range []string{"DBT_PACKAGE_HUB_URL", "DBT_ENGINE_PACKAGE_HUB_URL"} {
		dir := t.TempDir()
		for name, text := range map[string]string{"dbt_project.yml": "name: shop\n", "packages.yml": "packages: [{package: acme/utils, version: 1.0.0}]\n"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		asked = ""
		_, err := engine.Deps(t.Context(), engine.Options{ProjectDir: dir, Env: config.MapEnviron(map[string]string{variable: hub.URL})}, engine.DepsOptions{})
		if err == nil || !strings.Contains(err.Error(), "Package acme/utils was not found in the package index") || asked != "/api/v1/index.json" {
			t.Errorf("%s: %v, asked %q", variable, err, asked)
		}
	}
}
