// EKS's waiters of aws-sdk-go-v2, unmodified but for their pace: of an EKS Auto Mode cluster and what it has, made and deleted; prints what it saw as JSON for the test to judge.
package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"gatehouse.test/clients/report"
)

const pace = 200 * time.Millisecond
const patience = time.Minute

func main() {
	report.Print(2*time.Minute, waitForAll)
}

func trust(service string) *string {
	return aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + service +
		`"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`)
}

func waitForAll(ctx context.Context) (map[string]any, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	roles := map[string]string{}
	identities := iam.NewFromConfig(cfg)
	for name, service := range map[string]string{"gopher-cluster": "eks", "gopher-auto": "ec2", "gopher-node": "ec2", "gopher-pods": "eks-fargate-pods"} {
		made, err := identities.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String(name), AssumeRolePolicyDocument: trust(service + ".amazonaws.com")})
		if err != nil {
			return nil, err
		}
		roles[name] = *made.Role.Arn
	}
	client := eks.NewFromConfig(cfg)
	seen := map[string]any{}
	name, part := aws.String("gophers"), aws.String("burrow")
	on := aws.Bool(true)

	if _, err := client.CreateCluster(ctx, &eks.CreateClusterInput{
		Name:                    name,
		RoleArn:                 aws.String(roles["gopher-cluster"]),
		ResourcesVpcConfig:      &types.VpcConfigRequest{SubnetIds: []string{"subnet-1", "subnet-2"}},
		AccessConfig:            &types.CreateAccessConfigRequest{AuthenticationMode: types.AuthenticationModeApi},
		ComputeConfig:           &types.ComputeConfigRequest{Enabled: on, NodePools: []string{"system"}, NodeRoleArn: aws.String(roles["gopher-auto"])},
		KubernetesNetworkConfig: &types.KubernetesNetworkConfigRequest{ElasticLoadBalancing: &types.ElasticLoadBalancing{Enabled: on}},
		StorageConfig:           &types.StorageConfigRequest{BlockStorage: &types.BlockStorage{Enabled: on}},
	}); err != nil {
		return nil, err
	}
	describe := &eks.DescribeClusterInput{Name: name}
	active := eks.NewClusterActiveWaiter(client, func(o *eks.ClusterActiveWaiterOptions) { o.MinDelay, o.MaxDelay = pace, pace })
	cluster, err := active.WaitForOutput(ctx, describe, patience)
	if err != nil {
		return nil, fmt.Errorf("cluster active: %w", err)
	}
	seen["cluster"] = cluster.Cluster.Status
	seen["security group"] = aws.ToString(cluster.Cluster.ResourcesVpcConfig.ClusterSecurityGroupId)
	seen["pools"] = cluster.Cluster.ComputeConfig.NodePools
	entry, err := client.DescribeAccessEntry(ctx, &eks.DescribeAccessEntryInput{ClusterName: name, PrincipalArn: cluster.Cluster.ComputeConfig.NodeRoleArn})
	if err != nil {
		return nil, err
	}
	seen["node entry"] = entry.AccessEntry.Type

	group := &eks.DescribeNodegroupInput{ClusterName: name, NodegroupName: part}
	if _, err := client.CreateNodegroup(ctx, &eks.CreateNodegroupInput{ClusterName: name, NodegroupName: part, Subnets: []string{"subnet-1"}, NodeRole: aws.String(roles["gopher-node"])}); err != nil {
		return nil, err
	}
	groupActive, err := eks.NewNodegroupActiveWaiter(client, func(o *eks.NodegroupActiveWaiterOptions) { o.MinDelay, o.MaxDelay = pace, pace }).WaitForOutput(ctx, group, patience)
	if err != nil {
		return nil, fmt.Errorf("node group active: %w", err)
	}
	seen["node group"] = groupActive.Nodegroup.Status

	profile := &eks.DescribeFargateProfileInput{ClusterName: name, FargateProfileName: part}
	if _, err := client.CreateFargateProfile(ctx, &eks.CreateFargateProfileInput{ClusterName: name, FargateProfileName: part, PodExecutionRoleArn: aws.String(roles["gopher-pods"]), Selectors: []types.FargateProfileSelector{{Namespace: aws.String("default")}}}); err != nil {
		return nil, err
	}
	profileActive, err := eks.NewFargateProfileActiveWaiter(client, func(o *eks.FargateProfileActiveWaiterOptions) { o.MinDelay, o.MaxDelay = pace, pace }).WaitForOutput(ctx, profile, patience)
	if err != nil {
		return nil, fmt.Errorf("Fargate profile active: %w", err)
	}
	seen["Fargate profile"] = profileActive.FargateProfile.Status

	addon := &eks.DescribeAddonInput{ClusterName: name, AddonName: aws.String("vpc-cni")}
	if _, err := client.CreateAddon(ctx, &eks.CreateAddonInput{ClusterName: name, AddonName: addon.AddonName}); err != nil {
		return nil, err
	}
	addonActive, err := eks.NewAddonActiveWaiter(client, func(o *eks.AddonActiveWaiterOptions) { o.MinDelay, o.MaxDelay = pace, pace }).WaitForOutput(ctx, addon, patience)
	if err != nil {
		return nil, fmt.Errorf("add-on active: %w", err)
	}
	seen["add-on"] = addonActive.Addon.Status

	_, err = client.DeleteCluster(ctx, &eks.DeleteClusterInput{Name: name})
	var inUse *types.ResourceInUseException
	seen["in use"] = errors.As(err, &inUse)

	if _, err := client.DeleteAddon(ctx, &eks.DeleteAddonInput{ClusterName: name, AddonName: addon.AddonName}); err != nil {
		return nil, err
	}
	if err := eks.NewAddonDeletedWaiter(client, func(o *eks.AddonDeletedWaiterOptions) { o.MinDelay, o.MaxDelay = pace, pace }).Wait(ctx, addon, patience); err != nil {
		return nil, fmt.Errorf("add-on deleted: %w", err)
	}
	if _, err := client.DeleteFargateProfile(ctx, &eks.DeleteFargateProfileInput{ClusterName: name, FargateProfileName: part}); err != nil {
		return nil, err
	}
	if err := eks.NewFargateProfileDeletedWaiter(client, func(o *eks.FargateProfileDeletedWaiterOptions) { o.MinDelay, o.MaxDelay = pace, pace }).Wait(ctx, profile, patience); err != nil {
		return nil, fmt.Errorf("Fargate profile deleted: %w", err)
	}
	if _, err := client.DeleteNodegroup(ctx, &eks.DeleteNodegroupInput{ClusterName: name, NodegroupName: part}); err != nil {
		return nil, err
	}
	if err := eks.NewNodegroupDeletedWaiter(client, func(o *eks.NodegroupDeletedWaiterOptions) { o.MinDelay, o.MaxDelay = pace, pace }).Wait(ctx, group, patience); err != nil {
		return nil, fmt.Errorf("node group deleted: %w", err)
	}
	if _, err := client.DeleteCluster(ctx, &eks.DeleteClusterInput{Name: name}); err != nil {
		return nil, err
	}
	if err := eks.NewClusterDeletedWaiter(client, func(o *eks.ClusterDeletedWaiterOptions) { o.MinDelay, o.MaxDelay = pace, pace }).Wait(ctx, describe, patience); err != nil {
		return nil, fmt.Errorf("cluster deleted: %w", err)
	}
	_, err = active.WaitForOutput(ctx, describe, 2*time.Second)
	seen["no cluster to wait for"] = err != nil
	seen["gone"] = true
	return seen, nil
}
