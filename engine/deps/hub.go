package deps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// defaultHub is dbt's registry of packages.
const defaultHub = "https://hub.getdbt.com/"

// maxAnswer bounds what the hub may answer.
const maxAnswer = 64 << 20

// hub is a registry of packages (dbt/clients/registry.py). Answers are kept for the life of the value.
type hub struct {
	web      *web
	base     string
	bus      *event.Bus
	index    []string
	packages map[string]*hubPackage
}

// hubPackage is what the hub knows of a package.
type hubPackage struct {
	Name, Namespace   string
	RedirectName      string
	RedirectNamespace string
	Versions          map[string]hubVersion
}

type hubVersion struct {
	Name     string
	Packages []json.RawMessage
	// RequireDbtVersion is a text or a list of texts.
	RequireDbtVersion json.RawMessage `json:"require_dbt_version"`
	Downloads         struct{ Tarball string }
}

func newHub(w *web, base string, bus *event.Bus) *hub {
	if base == "" {
		base = defaultHub
	}
	return &hub{web: w, base: strings.TrimRight(base, "/") + "/", bus: bus, packages: map[string]*hubPackage{}}
}

// names lists the packages of the hub.
func (h *hub) names(ctx context.Context) ([]string, error) {
	if h.index != nil {
		return h.index, nil
	}
	address := h.base + "api/v1/index.json"
	h.bus.Emit(event.RegistryIndexProgressGETRequest{URL: shownURL(address)})
	err := h.web.get(ctx, address, maxAnswer, func(code int) {
		h.bus.Emit(event.RegistryIndexProgressGETResponse{URL: shownURL(address), RespCode: code})
	}, func(r io.Reader) error {
		h.index = []string{}
		return readJSON(r, address, &h.index)
	})
	if err != nil {
		h.index = nil
		return nil, err
	}
	return h.index, nil
}

func readJSON(r io.Reader, address string, into any) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return dbtErrorf("Request error: %s did not answer as a package hub does: %w", shownURL(address), err)
	}
	return nil
}

// pkg asks for a package; name is namespace/name.
func (h *hub) pkg(ctx context.Context, name string) (*hubPackage, error) {
	if p := h.packages[name]; p != nil {
		return p, nil
	}
	parts := strings.Split(name, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	address := h.base + "api/v1/" + strings.Join(parts, "/") + ".json"
	var p *hubPackage
	h.bus.Emit(event.RegistryProgressGETRequest{URL: shownURL(address)})
	err := h.web.get(ctx, address, maxAnswer, func(code int) {
		h.bus.Emit(event.RegistryProgressGETResponse{URL: shownURL(address), RespCode: code})
	}, func(r io.Reader) error {
		p = nil
		if err := readJSON(r, address, &p); err != nil {
			return err
		}
		return p.check(address)
	})
	if err != nil {
		return nil, err
	}
	h.packages[name] = p
	if p.RedirectName != "" || p.RedirectNamespace != "" {
		to := orText(p.RedirectNamespace, p.Namespace) + "/" + orText(p.RedirectName, p.Name)
		if err := h.bus.Warn(event.Deprecation{
			Event: "PackageRedirectDeprecation", ID: "D001", Fields: map[string]any{"old_name": name, "new_name": to},
			Msg: fmt.Sprintf("The `%s` package is deprecated in favor of `%s`. Please update your `packages.yml` configuration to use `%s` instead.", name, to, to),
		}); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// check tells what the answer lacks.
func (p *hubPackage) check(address string) error {
	if p == nil || p.Name == "" || p.Versions == nil {
		return dbtErrorf("Request error: the answer of %s lacks the name or the versions of the package", shownURL(address))
	}
	for number, v := range p.Versions {
		if v.Name == "" || v.Downloads.Tarball == "" {
			return permanentError{dbtErrorf("Request error: the answer of %s lacks the name or the tarball of version %s", shownURL(address), number)}
		}
	}
	return nil
}

// required lists the version's requirements on dbt.
func (v hubVersion) required() ([]string, error) {
	var one string
	if len(v.RequireDbtVersion) == 0 || string(v.RequireDbtVersion) == "null" {
		return nil, nil
	}
	if json.Unmarshal(v.RequireDbtVersion, &one) == nil {
		if one == "" {
			return nil, nil
		}
		return []string{one}, nil
	}
	var list []string
	err := json.Unmarshal(v.RequireDbtVersion, &list)
	return list, err
}

// specs are the packages that the version depends on.
func (v hubVersion) specs() ([]config.PackageSpec, error) {
	var out []config.PackageSpec
	for _, raw := range v.Packages {
		value, err := yamldoc.ToValue("the package hub", raw, yamldoc.Limits{})
		if err != nil {
			return nil, err
		}
		m, ok := value.(*yamldoc.Map)
		if !ok {
			return nil, fmt.Errorf("the package hub lists %s as a dependency", yamldoc.Repr(value))
		}
		spec, err := config.NewPackageSpec(m)
		if err != nil {
			return nil, err
		}
		out = append(out, spec)
	}
	return out, nil
}

// choose picks the version that a hub package is pinned to; latest is the highest that could be installed at all.
func (h *hub) choose(ctx context.Context, name string, versions []config.VersionSpec, prerelease, checkVersion bool) (version, latest string, err error) {
	index, err := h.names(ctx)
	if err != nil {
		return "", "", err
	}
	if !slices.Contains(index, name) {
		return "", "", &errNotInIndex{name, index}
	}
	r, err := reduce(versions)
	if err != nil {
		return "", "", dbtErrorf("Version error for package %s: %w", name, err)
	}
	p, err := h.pkg(ctx, name)
	if err != nil {
		return "", "", err
	}
	var fit []string
	for number, v := range p.Versions {
		required, err := v.required()
		if err != nil {
			return "", "", fmt.Errorf("version %s of %s: require_dbt_version: %w", number, name, err)
		}
		ok := true
		if checkVersion {
			if ok, err = compatible(required); err != nil {
				return "", "", err
			}
		}
		if ok {
			fit = append(fit, number)
		}
	}
	slices.Sort(fit)
	for _, v := range versions {
		prerelease = prerelease || v.Prerelease != ""
	}
	if fit, err = installable(fit, prerelease); err != nil {
		return "", "", err
	}
	if version, err = r.latest(fit); err != nil {
		return "", "", err
	}
	if version == "" {
		text := fmt.Sprintf("Could not find a matching compatible version for package %s\n  Requested range: %s\n  Compatible versions: %s\n", name, r, reprList(fit))
		if checkVersion {
			text += "\n  Not shown: package versions incompatible with installed version of dbt-core\n  To include them, run 'dbt --no-version-check deps'"
		}
		return "", "", errors.New(text)
	}
	return version, fit[len(fit)-1], nil
}

// errNotInIndex says that the hub has no such package.
type errNotInIndex struct {
	name  string
	index []string
}

func (e *errNotInIndex) Error() string {
	return "Package " + e.name + " was not found in the package index"
}

func isMissing(err error) bool {
	var status *statusError
	return errors.As(err, &status) && (status.code == http.StatusNotFound || status.code == http.StatusGone)
}

func isDenied(err error) bool {
	var status *statusError
	return errors.As(err, &status) && (status.code == http.StatusUnauthorized || status.code == http.StatusForbidden)
}

func orText(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
