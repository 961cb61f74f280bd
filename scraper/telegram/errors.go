package telegram

import (
	"context"
	"errors"
	"time"

	"github.com/gotd/td/exchange"
	"github.com/gotd/td/tgerr"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/scraper/lakewriter"
)

// ended marks what ends the whole run, not one channel.
type ended struct{ error }

func (e ended) Unwrap() error { return e.error }

// endsAll tells whether no channel can go on after an error: the run was cancelled,
// the disk is full, the session is not valid.
func endsAll(err error) bool {
	var e ended
	var disk *lakewriter.DiskError
	return errors.As(err, &e) || errors.As(err, &disk) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || endsSession(err)
}

func endsSession(err error) bool {
	e, ok := tgerr.As(err)
	return ok && (e.Code == 401 || e.IsOneOf("AUTH_KEY_DUPLICATED", "API_ID_INVALID", "API_ID_PUBLISHED_FLOOD", "FROZEN_METHOD_INVALID", "TAKEOUT_REQUIRED", "TAKEOUT_INVALID"))
}

const signInAgain = "sign in again: gdbt source login"

// explain says in words what failed. what is the channel, or what was asked for.
func explain(err error, what string) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	if _, ok := diag.As(err); ok {
		return err
	}
	var disk *lakewriter.DiskError
	if errors.As(err, &disk) {
		return disk.Diagnostic()
	}
	d := diag.New(diag.RuntimeError, "%s", err.Error())
	d.Err = err
	var wait *WaitError
	var lost *LostError
	rpc, answered := tgerr.As(err)
	switch {
	case errors.As(err, &wait):
		d.Message = wait.Error()
		return d.WithCode("telegram-wait").WithHint("what is read is safe; start again later, or allow more with --max-wait")
	case errors.As(err, &lost):
		d.Message = lost.Error()
		return d.WithCode("telegram-lost").WithHint("look at the network and start again: the next run goes on from here")
	case errors.Is(err, exchange.ErrKeyFingerprintNotFound):
		d.Message = "what answers is not Telegram: it has none of its keys"
		return d.WithCode("telegram-key").WithHint("look at the proxy")
	case answered:
		code, text, hint := answer(rpc, what)
		d.Message = text + " (" + rpc.Message + ")"
		d.Code = code
		if hint != "" {
			return d.WithHint("%s", hint)
		}
		return d
	}
	return d.WithCode("telegram")
}

// answer says what an answer of Telegram's means.
func answer(e *tgerr.Error, what string) (code, text, hint string) {
	const session, channel, private, login, file = "telegram-session", "telegram-channel", "telegram-private", "telegram-login", "telegram-file"
	const openIt = "open it in Telegram with the account that is signed in"
	switch e.Type {
	case "USERNAME_NOT_OCCUPIED":
		return channel, "there is no channel " + what, "look it up in Telegram: it may have another name now, or be closed"
	case "USERNAME_INVALID":
		return channel, what + " is no valid user name", "look it up in Telegram"
	case "CHANNEL_INVALID", "PEER_ID_INVALID":
		return channel, "Telegram does not know the channel " + what, "it may be closed"
	case "CHANNEL_PRIVATE":
		return private, what + " is private, or the account is banned from it", openIt
	case "CHANNEL_PUBLIC_GROUP_NA", "USER_BANNED_IN_CHANNEL", "CHAT_ADMIN_REQUIRED":
		return private, what + " can't be read by this account", openIt
	case "BOT_METHOD_INVALID":
		return "telegram-bot", "a bot may not do this", "sign in as a person: gdbt source login --force"

	case "AUTH_KEY_DUPLICATED":
		return session, "the session is used in two places at once, and Telegram has ended it", "give each place a session of its own and " + signInAgain
	case "AUTH_KEY_UNREGISTERED":
		return session, "the session is not signed in any more", signInAgain
	case "AUTH_KEY_INVALID", "AUTH_KEY_PERM_EMPTY":
		return session, "the session is not valid", signInAgain
	case "SESSION_REVOKED":
		return session, "the session was ended from another device", signInAgain
	case "SESSION_EXPIRED":
		return session, "the session has expired", signInAgain
	case "USER_DEACTIVATED":
		return session, "the account was deleted", "sign in with another: gdbt source login"
	case "USER_DEACTIVATED_BAN":
		return session, "the account is banned", "sign in with another: gdbt source login"
	case "FROZEN_METHOD_INVALID":
		return session, "the account is frozen", "Telegram's app says why"

	case "API_ID_INVALID":
		return "telegram-credentials", "Telegram does not know API_ID with this API_HASH", "compare them with https://my.telegram.org/apps"
	case "API_ID_PUBLISHED_FLOOD":
		return "telegram-credentials", "Telegram refuses this API_ID: it was published", "register an application of your own at https://my.telegram.org/apps"

	case "PHONE_NUMBER_INVALID":
		return login, "the phone number is not valid", "write it with the code of the country, +251…"
	case "PHONE_NUMBER_BANNED":
		return login, "the phone number is banned", ""
	case "PHONE_NUMBER_FLOOD", "PHONE_PASSWORD_FLOOD":
		return login, "too many attempts to sign in", "try again tomorrow, or by QR code: gdbt source login --qr"
	case "PHONE_CODE_INVALID":
		return login, "the code is wrong", "try again; the code comes to Telegram on another device"
	case "PHONE_CODE_EXPIRED":
		return login, "the code has expired", "try again; a code that is sent on in a message becomes invalid"
	case "PASSWORD_HASH_INVALID":
		return login, "the password is wrong", "try again"
	case "ACCESS_TOKEN_INVALID", "ACCESS_TOKEN_EXPIRED":
		return login, "the bot token is not valid", "compare it with what @BotFather shows"
	case "AUTH_TOKEN_EXPIRED", "AUTH_TOKEN_INVALID", "AUTH_TOKEN_ALREADY_ACCEPTED":
		return login, "the QR code is not valid any more", "try again"
	case "UPDATE_APP_TO_LOGIN":
		return login, "Telegram wants a newer program to sign in", ""

	case "TAKEOUT_INIT_DELAY":
		d := time.Duration(e.Argument) * time.Second
		return "telegram-takeout", "Telegram allows a takeout session in " + d.String(), "allow it in a message of Telegram's on another device, or go without takeout"
	case "TAKEOUT_REQUIRED", "TAKEOUT_INVALID":
		return "telegram-takeout", "the takeout session has ended", "start again: the next run goes on from here"

	case "FILE_REFERENCE_EXPIRED", "FILE_REFERENCE_INVALID", "FILE_REFERENCE_EMPTY":
		return file, "Telegram gave no valid reference to a file", "the next run tries again"
	case "LOCATION_INVALID", "FILE_ID_INVALID":
		return file, "a file is not there any more", ""
	}
	if e.Code >= 500 || e.Code < 0 {
		return "telegram-busy", "Telegram has trouble of its own", "start again later: the next run goes on from here"
	}
	return "telegram", "Telegram refused", ""
}

// noSession says that nobody is signed in.
func noSession() *diag.Diagnostic {
	return diag.New(diag.RuntimeError, "nobody is signed in to Telegram").WithCode("telegram-session").WithHint("sign in once: gdbt source login")
}
