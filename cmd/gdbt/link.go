package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"
)

// linkCommand makes the program answer to the name of dbt, which tools start by that name.
func linkCommand() command {
	return command{
		use: "link", short: "Make a link named dbt to this program (gdbt's own)",
		long: "Makes a link named dbt to this program, so that scripts and tools that start dbt start it. The link stands beside\n" +
			"the program or in the folder of --dir, which should be on the PATH before any other dbt. A file of that name which\n" +
			"is no link to this program stays as it is, unless --force.",
		example: "  gdbt link --dir ~/.local/bin",
		options: []func(*cobra.Command, *options){linkOptions},
		plain: func(_ context.Context, p *process, o *options, _ []string) (int, error) {
			program, err := os.Executable()
			if err == nil {
				program, err = filepath.EvalSymlinks(program)
			}
			if err != nil {
				return exitUsage, fmt.Errorf("link: %w", err)
			}
			link, made, err := makeLink(program, o.dir, o.force)
			switch {
			case err != nil:
				return exitUsage, err
			case made:
				fmt.Fprintf(p.stdout, "Linked %s to %s\n", link, program)
			default:
				fmt.Fprintf(p.stdout, "%s is a link to %s already\n", link, program)
			}
			return exitOK, nil
		},
	}
}

func linkOptions(cmd *cobra.Command, o *options) {
	fs := flagSet{cmd.Flags(), o}
	fs.option(&o.dir, "dir", "folder of the link (default: that of the program)")
	fs.switchOn(&o.force, "force", "take the place of another file named dbt")
}

// makeLink makes the link dbt to the program. made is false when it is there already. The link is made under another name
// and renamed, so that there is a dbt at every moment.
func makeLink(program, dir string, force bool) (link string, made bool, err error) {
	if dir == "" {
		dir = filepath.Dir(program)
	}
	name := "dbt"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	link = filepath.Join(dir, name)
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return link, false, fmt.Errorf("link: the folder %s is not there", dir)
	}
	if there, err := os.Lstat(link); err == nil {
		if target, err := filepath.EvalSymlinks(link); err == nil && target == program {
			return link, false, nil
		}
		if there.IsDir() || !force {
			return link, false, fmt.Errorf("link: %s is there and is not gdbt; name another folder with --dir, or replace it with --force", link)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return link, false, fmt.Errorf("link: %w", err)
	}
	temp := fmt.Sprintf("%s.%d.tmp", link, os.Getpid())
	if err := os.Symlink(program, temp); err != nil {
		return link, false, fmt.Errorf("link: %w", err)
	}
	if err := os.Rename(temp, link); err != nil {
		return link, false, errors.Join(fmt.Errorf("link: %w", err), os.Remove(temp))
	}
	return link, true, nil
}
