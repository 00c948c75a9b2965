// Package gatehousetest runs a Gatehouse of a test's own.
package gatehousetest

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// Gatehouse is a running server on a folder that is gone afterwards, and on free ports.
type Gatehouse struct {
	// Endpoint is the HTTPS endpoint, as AWS_ENDPOINT_URL has it.
	Endpoint string `json:"endpoint"`
	// HTTPEndpoint is plain HTTP: no certificate to trust.
	HTTPEndpoint string `json:"httpEndpoint"`
	// Environment has the variables that point every AWS client at it, as the administrator.
	Environment map[string]string `json:"environment"`
	// Data is the folder of its state.
	Data string `json:"data"`
}

// Start runs a Gatehouse until the test ends, with the variables of clients set for as long. Flags are those of "gatehouse up", such as "--seed", "seed.yaml".
func Start(t testing.TB, flags ...string) *Gatehouse {
	t.Helper()
	words := append([]string{"up", "--ephemeral", "--json"}, flags...)
	server := command(words...)
	server.Stderr = os.Stderr
	output, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatalf("gatehouse up: %v", err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		_ = server.Wait()
	})
	line, err := bufio.NewReader(output).ReadBytes('\n')
	if err != nil {
		t.Fatalf("gatehouse up said nothing: %v", err)
	}
	ready := &Gatehouse{}
	if err := json.Unmarshal(line, ready); err != nil {
		t.Fatalf("gatehouse up said %q: %v", line, err)
	}
	for _, name := range []string{"AWS_PROFILE", "AWS_SESSION_TOKEN"} {
		t.Setenv(name, "")
		_ = os.Unsetenv(name)
	}
	for name, value := range ready.Environment {
		t.Setenv(name, value)
	}
	return ready
}

// Reset goes back to how the server was after its start and seed.
func (g *Gatehouse) Reset(t testing.TB) {
	t.Helper()
	if output, err := command("reset", "--data", g.Data).CombinedOutput(); err != nil {
		t.Fatalf("gatehouse reset: %v: %s", err, output)
	}
}

// command is the one that GATEHOUSE_COMMAND names, else "gatehouse" from the PATH.
func command(words ...string) *exec.Cmd {
	program := strings.Fields(os.Getenv("GATEHOUSE_COMMAND"))
	if len(program) == 0 {
		program = []string{"gatehouse"}
	}
	return exec.Command(program[0], append(program[1:], words...)...)
}
