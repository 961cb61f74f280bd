package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
	"github.com/gdbt-dev/gdbt/engine/source"
)

// loginFlags are the options of source login.
type loginFlags struct {
	phone                       string
	qr, bot, importText, forced bool
}

func sourceLoginCommand() command {
	return command{
		parent: "source", use: "login", short: "Sign in to what the sources read, once (gdbt's own)",
		long: "Signs in and keeps the session for source extract. Telegram needs API_ID and API_HASH, in the environment or in the\n" +
			"project's .env file. Without an option a code is sent to the account's devices. GDBT_SESSION_KEY, where it is set,\n" +
			"encrypts the session.",
		example: "  gdbt source login --phone +251900000000\n  gdbt source login --qr\n  TELEGRAM_BOT_TOKEN=… gdbt source login --bot\n  gdbt source login --import",
		options: []func(*cobra.Command, *options){selectOptions, loginOptions},
		run: withProject(func(ctx context.Context, s *session, p *engine.Project) (int, error) {
			method, n := source.LoginByCode, 0
			for _, m := range []struct {
				on bool
				is source.LoginMethod
			}{{s.login.qr, source.LoginByQR}, {s.login.bot, source.LoginByBot}, {s.login.importText, source.LoginImport}} {
				if m.on {
					method, n = m.is, n+1
				}
			}
			if n > 1 {
				return exitUsage, usagef(s.cmd, "--qr, --bot and --import are ways to sign in: give one of them")
			}
			ask := s.prompter()
			_, err := p.SourceLogin(ctx, s.selection(), engine.LoginOptions{
				Method: method, Phone: s.login.phone, Force: s.login.forced,
				Ask: func(ctx context.Context, question string, secret bool) (string, error) {
					v, err := ask.ask(ctx, loginQuestion(question, secret, s.interactive))
					text, _ := v.(string)
					return text, err
				},
				Show: func(text string) { _, _ = io.WriteString(s.stdout, text) },
			})
			if err != nil {
				if ctx.Err() != nil {
					return exitUsage, err
				}
				s.report(ctx, err)
				return exitFailed, nil
			}
			return exitOK, nil
		}),
	}
}

// loginQuestion asks without showing the answer where there is a terminal to hide it in; from a pipe the answer is a line.
func loginQuestion(text string, secret, terminal bool) question {
	return question{text: text, secret: secret && terminal}
}

func loginOptions(cmd *cobra.Command, o *options) {
	fs := flagSet{cmd.Flags(), o}
	fs.option(&o.login.phone, "phone", "phone number of the account; it is asked for otherwise")
	fs.switchOn(&o.login.qr, "qr", "show a QR code for a device that is signed in")
	fs.switchOn(&o.login.bot, "bot", "sign in a bot by its token, from TELEGRAM_BOT_TOKEN or asked for")
	fs.switchOn(&o.login.importText, "import", "take a session string of Telethon's, from TELEGRAM_SESSION or asked for")
	fs.switchOn(&o.login.forced, "force", "sign in anew though a session is there")
}
