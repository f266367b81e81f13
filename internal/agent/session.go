package agent

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"muster"
	"muster/internal/client"
	"muster/internal/sigv4"
	"muster/internal/ssmapi"
)

// session signs the calls of an enrolled host: with keys that it asks for by the host's private key, and anew when half of their
// life is over. It may be used by several goroutines.
type session struct {
	client *client.Client // who it signs for does not matter
	node   muster.NodeID
	log    *slog.Logger

	busy      chan struct{} // holds what is in it while what follows is used
	enrolment *Enrolment
	keyed     *client.Client // signs with the keys; nil without any
	renew     time.Time      // when to ask for new ones
	until     time.Time      // when they end
	failed    int            // how often in a row that went wrong
}

func newSession(c *client.Client, e *Enrolment, log *slog.Logger) *session {
	return &session{client: c, node: e.Node(), enrolment: e, log: log, busy: make(chan struct{}, 1)}
}

// call makes a call of the node. It waits for keys, however long that takes. A call that is refused for its keys is made again
// with new ones, once.
func call[In, Out any](ctx context.Context, s *session, operation string, in *In) (*Out, error) {
	for again := true; ; again = false {
		c, err := s.keys(ctx)
		if err != nil {
			return nil, err
		}
		out, err := client.Call[In, Out](ctx, c, operation, in)
		if err == nil || !again || !aboutKeys(err) {
			return out, err
		}
		if err := s.drop(ctx, c); err != nil {
			return nil, err
		}
	}
}

// aboutKeys says whether other keys may fare better. What a node that was deregistered is denied is among it.
func aboutKeys(err error) bool {
	refused := refusal(err)
	if refused == nil {
		return false
	}
	switch refused.Code {
	case muster.CodeExpiredToken, muster.CodeUnrecognizedClient, muster.CodeAccessDenied, "ExpiredToken", "RequestExpired":
		return true
	}
	return false
}

// keys gives a client that signs with keys that are good, once there are any. The error is that of ctx, which has ended.
func (s *session) keys(ctx context.Context) (*client.Client, error) {
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.unlock()
	for {
		if s.keyed != nil && time.Now().Before(s.renew) {
			return s.keyed, nil
		}
		err := s.ask(ctx)
		if err == nil {
			s.failed = 0
			return s.keyed, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		s.failed++
		wait := s.pause(err)
		message := "no keys from the server"
		if unknown(err) {
			message += ": if this machine is to be a node again, enrol it again"
		}
		s.log.WarnContext(ctx, message, "error", err, "next_try", wait.Round(time.Second))
		if s.keyed != nil && time.Now().Add(wait).Before(s.until) {
			s.renew = time.Now().Add(wait)
			return s.keyed, nil
		}
		s.keyed = nil
		if !sleep(ctx, wait) {
			return nil, ctx.Err()
		}
	}
}

// drop forgets keys that were refused, unless there are others already.
func (s *session) drop(ctx context.Context, refused *client.Client) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.unlock()
	if s.keyed == refused {
		s.keyed = nil
	}
	return nil
}

func (s *session) lock(ctx context.Context) error {
	select {
	case s.busy <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *session) unlock() { <-s.busy }

// ask asks for keys, and changes the node's key pair if the answer says so.
func (s *session) ask(ctx context.Context) error {
	token, err := s.token(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	life := token.TokenExpirationDate.Sub(now)
	if life <= 0 {
		return fmt.Errorf("the keys ended at %s, by the clock of this host", token.TokenExpirationDate.Format(time.RFC3339))
	}
	s.keyed = s.client.As(client.WithKey(sigv4.Credentials{
		AccessKeyID: token.AccessKeyId, SecretAccessKey: token.SecretAccessKey, SessionToken: token.SessionToken,
	}))
	s.renew, s.until = now.Add(life/2), token.TokenExpirationDate.Time
	if token.UpdateKeyPair {
		if err := s.rotate(ctx); err != nil {
			s.log.WarnContext(ctx, "the key pair stays as it was", "error", err)
		}
	}
	return nil
}

// token asks with the key, and with the next one if a change of keys was cut off and the server had taken it already.
func (s *session) token(ctx context.Context) (*ssmapi.RequestManagedInstanceRoleTokenOutput, error) {
	token, err := s.tokenBy(ctx, s.enrolment.kept.Key)
	refused := refusal(err)
	if refused == nil || refused.Code != muster.CodeInvalidSignature || s.enrolment.kept.Next == nil {
		return token, err
	}
	token, errNext := s.tokenBy(ctx, s.enrolment.kept.Next)
	if errNext != nil {
		return nil, err
	}
	return token, s.enrolment.changeKey()
}

func (s *session) tokenBy(ctx context.Context, key privateKey) (*ssmapi.RequestManagedInstanceRoleTokenOutput, error) {
	m, err := s.enrolment.machine(key)
	if err != nil {
		return nil, err
	}
	return m.RoleToken(ctx, s.client)
}

// rotate makes a new key pair. The new key is kept before the server is told of it, and is the key once the server has it.
func (s *session) rotate(ctx context.Context) error {
	next, err := s.enrolment.prepareKey()
	if err != nil {
		return err
	}
	m, err := s.enrolment.machine(s.enrolment.kept.Key)
	if err != nil {
		return err
	}
	if err := m.ReplaceKey(ctx, s.client, next.Key); err != nil {
		return err
	}
	s.log.InfoContext(ctx, "the node has a new key pair", "node", next.Node)
	return s.enrolment.changeKey()
}

// The longest waits for keys. A server that was away finds its nodes back within the shorter one.
const (
	longestOutage  = 5 * time.Minute
	longestRefusal = 30 * time.Minute
)

// pause is how long to wait for keys after this error, the waits of amazon-ssm-agent: a server that does not know the node will
// hardly learn of it soon, and one that does not answer, or has trouble, is given twice as long each time.
func (s *session) pause(err error) time.Duration {
	refused := refusal(err)
	wait := time.Second << min(s.failed, 16)
	wait += rand.N(wait / 5)
	if refused == nil {
		return min(wait, longestOutage)
	}
	if unknown(err) {
		return longestRefusal - rand.N(5*time.Minute)
	}
	return min(wait+10*time.Second+rand.N(10*time.Second), longestRefusal)
}

// unknown says whether a server has refused a host because it is no node of its: it was deregistered or never registered there, or
// its key or fingerprint is another's.
func unknown(err error) bool {
	refused := refusal(err)
	if refused == nil {
		return false
	}
	switch refused.Code {
	case muster.CodeAccessDenied, muster.CodeUnrecognizedClient, muster.CodeInvalidInstanceID, muster.CodeMachineFingerprintDoesNotMatch:
		return true
	}
	return false
}

// sleep says whether it slept d through; if not, ctx has ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(max(d, 0))
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
