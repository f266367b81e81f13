package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"muster/internal/store"
)

// advice is what an operator can do about a store that cannot be read.
const advice = "stop the servers, keep a copy of the database, and restore a backup of it"

func damaged(what string, err error) error {
	return &store.DamageError{What: what, Err: err, Cure: advice}
}

// cureOf tells what to do about what the server says, empty if its own words do.
func cureOf(told *pgconn.PgError) string {
	switch told.Code {
	case "25006":
		return "it is a standby, or its transactions are read-only: name a host in the DSN that takes writes"
	case "55P03":
		return "another server has held the lock of the store for long"
	case "3F000":
		return "make the schema that search_path names"
	case "42501":
		return "give the user the right to create and use tables in the schema"
	case "57P01", "57P02", "57P03":
		return "it is starting or stopping"
	}
	switch told.Code[:min(2, len(told.Code))] {
	case "53":
		return "give the server more of what it has run out of"
	case "58", "XX":
		return "look for what the server's log says of its disk"
	}
	return ""
}

// explain adds what to do where PostgreSQL's own words leave one alone.
func explain(err error) error {
	if told, ok := errors.AsType[*pgconn.PgError](err); ok {
		if cure := cureOf(told); cure != "" {
			return fmt.Errorf("%w; %s", err, cure)
		}
	}
	return err
}

// beforeCommit tells what a failure on the way to COMMIT means. Nothing was written, whatever it was.
func beforeCommit(err error) error {
	told, said := errors.AsType[*pgconn.PgError](err)
	_, unconnected := errors.AsType[*pgconn.ConnectError](err)
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case unconnected, !said && isConnectionError(err):
		return fmt.Errorf("%w: %w; writes will be taken again when the database can be reached", store.ErrUnwritable, err)
	case !said:
		return err
	}
	if cure := cureOf(told); cure != "" {
		return fmt.Errorf("%w: %w; %s, writes will then be taken again", store.ErrUnwritable, err, cure)
	}
	return err
}

// isConnectionError says whether the connection broke or stood still, or the server has ended it.
func isConnectionError(err error) bool {
	if told, said := errors.AsType[*pgconn.PgError](err); said && told.SeverityUnlocalized == "FATAL" {
		return true
	}
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded) ||
		pgconn.SafeToRetry(err)
}

// IsAway says whether the database may be there later although nobody changes anything: it cannot be reached, starts or stops, or
// others have all connections.
func IsAway(err error) bool {
	if told, said := errors.AsType[*pgconn.PgError](err); said {
		return slices.Contains([]string{"53300", "57P01", "57P02", "57P03"}, told.Code)
	}
	_, unconnected := errors.AsType[*pgconn.ConnectError](err)
	return unconnected || isConnectionError(err)
}

// atCommit tells what a failure of the last pipeline means, which ends with the COMMIT. An ERROR has undone the transaction, be it
// of a write or of the COMMIT itself. After anything else nobody here can say how far the server came.
func atCommit(err error) error {
	told, said := errors.AsType[*pgconn.PgError](err)
	if said && strings.EqualFold(told.SeverityUnlocalized, "ERROR") || pgconn.SafeToRetry(err) {
		return beforeCommit(err)
	}
	return fmt.Errorf("%w: %w", store.ErrUnknown, err)
}
