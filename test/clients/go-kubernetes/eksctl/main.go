// Does to a cluster by client-go what eksctl does: identity mappings in the aws-auth config map, service accounts. The words say what; prints what came of it as JSON.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"
)

// mapping is an entry of mapRoles or mapUsers.
type mapping struct {
	RoleARN  string   `json:"rolearn,omitempty"`
	UserARN  string   `json:"userarn,omitempty"`
	Username string   `json:"username,omitempty"`
	Groups   []string `json:"groups,omitempty"`
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	result, err := work(ctx, os.Args[1], os.Args[2:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(result)
}

func work(ctx context.Context, what string, words []string) (any, error) {
	authority, err := base64.StdEncoding.DecodeString(os.Getenv("CLUSTER_AUTHORITY"))
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(&rest.Config{
		Host:            os.Getenv("CLUSTER_ENDPOINT"),
		BearerToken:     os.Getenv("CLUSTER_TOKEN"),
		TLSClientConfig: rest.TLSClientConfig{CAData: authority},
	})
	if err != nil {
		return nil, err
	}
	switch what {
	case "get-mappings":
		_, mappings, err := mappingsOf(ctx, client)
		return mappings, err
	case "create-mapping":
		return changeMappings(ctx, client, func(mappings []mapping) []mapping {
			return append(mappings, mapping{RoleARN: words[0], Username: words[1], Groups: words[2:]})
		})
	case "delete-mapping":
		return changeMappings(ctx, client, func(mappings []mapping) []mapping {
			kept := []mapping{}
			for _, each := range mappings {
				if each.RoleARN != words[0] {
					kept = append(kept, each)
				}
			}
			return kept
		})
	case "create-service-account":
		return createServiceAccount(ctx, client, words[0], words[1], words[2])
	case "delete-service-account":
		return words[1], client.CoreV1().ServiceAccounts(words[0]).Delete(ctx, words[1], metav1.DeleteOptions{})
	}
	return nil, fmt.Errorf("nothing to do: %s", what)
}

// mappingsOf reads aws-auth, which need not be there.
func mappingsOf(ctx context.Context, client kubernetes.Interface) (*v1.ConfigMap, []mapping, error) {
	found, err := client.CoreV1().ConfigMaps(metav1.NamespaceSystem).Get(ctx, "aws-auth", metav1.GetOptions{})
	if err != nil && !errors.IsNotFound(err) {
		return nil, nil, err
	}
	if found.Data == nil {
		found = &v1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "aws-auth", Namespace: metav1.NamespaceSystem, UID: found.UID, ResourceVersion: found.ResourceVersion}, Data: map[string]string{}}
	}
	mappings := []mapping{}
	err = yaml.Unmarshal([]byte(found.Data["mapRoles"]), &mappings)
	return found, mappings, err
}

// changeMappings writes aws-auth anew: created when it has no UID yet, updated otherwise.
func changeMappings(ctx context.Context, client kubernetes.Interface, change func([]mapping) []mapping) ([]mapping, error) {
	found, mappings, err := mappingsOf(ctx, client)
	if err != nil {
		return nil, err
	}
	mappings = change(mappings)
	text, err := yaml.Marshal(mappings)
	if err != nil {
		return nil, err
	}
	found.Data["mapRoles"] = string(text)
	maps := client.CoreV1().ConfigMaps(metav1.NamespaceSystem)
	if found.UID == "" {
		_, err = maps.Create(ctx, found, metav1.CreateOptions{})
	} else {
		_, err = maps.Update(ctx, found, metav1.UpdateOptions{})
	}
	return mappings, err
}

// createServiceAccount makes the namespace when it is missing, and the account with its role's annotation and eksctl's label; one that is there gets them.
func createServiceAccount(ctx context.Context, client kubernetes.Interface, namespace, name, role string) (map[string]string, error) {
	if _, err := client.CoreV1().Namespaces().Get(ctx, namespace, metav1.GetOptions{}); errors.IsNotFound(err) {
		if _, err = client.CoreV1().Namespaces().Create(ctx, &v1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}, metav1.CreateOptions{}); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	accounts := client.CoreV1().ServiceAccounts(namespace)
	wanted := metav1.ObjectMeta{
		Name:        name,
		Labels:      map[string]string{"app.kubernetes.io/managed-by": "eksctl"},
		Annotations: map[string]string{"eks.amazonaws.com/role-arn": role},
	}
	current, err := accounts.Get(ctx, name, metav1.GetOptions{})
	if errors.IsNotFound(err) {
		created, err := accounts.Create(ctx, &v1.ServiceAccount{ObjectMeta: wanted}, metav1.CreateOptions{})
		if err != nil {
			return nil, err
		}
		return created.Annotations, nil
	}
	if err != nil {
		return nil, err
	}
	current.Labels, current.Annotations = wanted.Labels, wanted.Annotations
	updated, err := accounts.Update(ctx, current, metav1.UpdateOptions{})
	if err != nil {
		return nil, err
	}
	return updated.Annotations, nil
}
