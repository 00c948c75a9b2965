// Works on a cluster with client-go as controllers do: typed changes, server-side apply, pages, an informer. Prints what it saw as JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	applyv1 "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/retry"
)

const namespace = "from-go"

func main() {
	seen := map[string]any{}
	if err := work(seen); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(seen)
}

func work(seen map[string]any) error {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: os.Args[1]}).ClientConfig()
	if err != nil {
		return err
	}
	config.UserAgent = "gopher/1.0"
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	if _, err = client.CoreV1().Namespaces().Create(ctx, &v1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}, metav1.CreateOptions{}); err != nil {
		return err
	}
	events, err := watched(ctx, client)
	if err != nil {
		return err
	}
	maps := client.CoreV1().ConfigMaps(namespace)
	settings := &v1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "settings", Labels: map[string]string{"app": "web"}}, Data: map[string]string{"a": "1"}}
	created, err := maps.Create(ctx, settings, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	seen["created"] = created.Data
	seen["manager"] = created.ManagedFields[0].Manager
	_, err = maps.Create(ctx, settings, metav1.CreateOptions{})
	seen["again"] = errors.IsAlreadyExists(err)

	stale := created.DeepCopy()
	created.Data["a"] = "2"
	updated, err := maps.Update(ctx, created, metav1.UpdateOptions{})
	if err != nil {
		return err
	}
	seen["updated"] = updated.Data
	stale.Data["a"] = "3"
	_, err = maps.Update(ctx, stale, metav1.UpdateOptions{})
	seen["stale"] = errors.IsConflict(err)
	err = retry.RetryOnConflict(retry.DefaultRetry, func() error {
		fresh, err := maps.Get(ctx, "settings", metav1.GetOptions{})
		if err != nil {
			return err
		}
		fresh.Data["a"] = "4"
		_, err = maps.Update(ctx, fresh, metav1.UpdateOptions{})
		return err
	})
	if err != nil {
		return err
	}
	patched, err := maps.Patch(ctx, "settings", types.StrategicMergePatchType, []byte(`{"data":{"b":"5"}}`), metav1.PatchOptions{})
	if err != nil {
		return err
	}
	seen["patched"] = patched.Data

	applied, err := maps.Apply(ctx, applyv1.ConfigMap("settings", namespace).WithData(map[string]string{"c": "6"}), metav1.ApplyOptions{FieldManager: "controller"})
	if err != nil {
		return err
	}
	seen["applied"] = applied.Data
	contested := applyv1.ConfigMap("settings", namespace).WithData(map[string]string{"b": "7"})
	_, err = maps.Apply(ctx, contested, metav1.ApplyOptions{FieldManager: "controller"})
	seen["contested"] = errors.IsConflict(err)
	forced, err := maps.Apply(ctx, contested, metav1.ApplyOptions{FieldManager: "controller", Force: true})
	if err != nil {
		return err
	}
	seen["forced"] = forced.Data
	extracted, err := applyv1.ExtractConfigMap(forced, "controller")
	if err != nil {
		return err
	}
	seen["extracted"] = extracted.Data

	if seen["pages"], err = pages(ctx, client); err != nil {
		return err
	}
	if err = maps.Delete(ctx, "settings", metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions("other")}); err != nil {
		seen["other"] = errors.IsConflict(err)
	}
	if err = maps.Delete(ctx, "settings", metav1.DeleteOptions{}); err != nil {
		return err
	}
	_, err = maps.Get(ctx, "settings", metav1.GetOptions{})
	seen["gone"] = errors.IsNotFound(err)
	if seen["events"], err = firstOf(ctx, events); err != nil {
		return err
	}
	return client.CoreV1().Namespaces().Delete(ctx, namespace, metav1.DeleteOptions{})
}

// watched tells what an informer sees of the object, from when its cache is filled.
func watched(ctx context.Context, client kubernetes.Interface) (chan string, error) {
	events := make(chan string, 100)
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(namespace))
	informer := factory.Core().V1().ConfigMaps().Informer()
	tell := func(what string) func(any) {
		return func(object any) {
			if configMap, is := object.(*v1.ConfigMap); is && configMap.Name == "settings" {
				events <- what + " " + configMap.Data["a"]
			}
		}
	}
	updated := tell("updated")
	if _, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    tell("added"),
		UpdateFunc: func(_, object any) { updated(object) },
		DeleteFunc: tell("deleted"),
	}); err != nil {
		return nil, err
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return nil, fmt.Errorf("the informer did not fill its cache")
	}
	return events, nil
}

// firstOf is what was seen up to the deletion.
func firstOf(ctx context.Context, events chan string) ([]string, error) {
	seen := []string{}
	for {
		select {
		case event := <-events:
			seen = append(seen, event)
			if event[:7] == "deleted" {
				return seen, nil
			}
		case <-ctx.Done():
			return nil, fmt.Errorf("no deletion was seen after %v", seen)
		}
	}
}

func pages(ctx context.Context, client kubernetes.Interface) ([]int, error) {
	accounts := client.CoreV1().ServiceAccounts(namespace)
	for i := range 5 {
		account := &v1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("a%d", i), Labels: map[string]string{"paged": "yes"}}}
		if _, err := accounts.Create(ctx, account, metav1.CreateOptions{}); err != nil {
			return nil, err
		}
	}
	sizes := []int{}
	options := metav1.ListOptions{LabelSelector: "paged=yes", Limit: 2}
	for {
		list, err := accounts.List(ctx, options)
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, len(list.Items))
		if options.Continue = list.Continue; options.Continue == "" {
			return sizes, nil
		}
	}
}
