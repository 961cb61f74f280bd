// Package config reads what a user configures: dbt_project.yml, profiles.yml,
// packages on disk, selectors.yml, --vars and flags; and computes the config of a
// resource from all of them. It opens no connection and reads no model.
//
// The way through, outermost first:
//
//   - [FindProjectDir], [ReadProject] → [RawProject]: the file with positions,
//     not rendered yet; it gives the profile's name and the flags: block.
//   - [LoadProfile] → [Profile]: the chosen output, rendered; [ErrNoProfile] when there
//     is none at all.
//   - [RawProject.Render] → [Project]: typed settings, with Jinja rendered.
//   - [LoadPackages]: the projects under dbt_packages/.
//   - [NewResolver] → [Resolver.Config] computes the config of one resource as
//     dbt's ContextConfig does; a result is a [Values].
//   - [Vars] answers var(); [Flags] holds the global flags.
//
// Environment variables are read through [Environ] alone, which records them.
package config
