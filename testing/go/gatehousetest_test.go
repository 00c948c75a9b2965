package gatehousetest

import (
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

func TestServesUntilTheTestEnds(t *testing.T) {
	var gone string
	t.Run("serves", func(t *testing.T) {
		server := Start(t)
		gone = server.Data
		if os.Getenv("AWS_ENDPOINT_URL") != server.Endpoint {
			t.Errorf("AWS_ENDPOINT_URL is %q, the server's endpoint %q", os.Getenv("AWS_ENDPOINT_URL"), server.Endpoint)
		}
		server.Reset(t)
		answer, err := http.Get(server.HTTPEndpoint + "/_gatehouse/health")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, _ := io.ReadAll(answer.Body)
		if strings.TrimSpace(string(body)) != "ok" {
			t.Errorf("health is %q", body)
		}
	})
	if _, err := os.Stat(gone); !os.IsNotExist(err) {
		t.Errorf("the data folder is still there: %v", err)
	}
}
