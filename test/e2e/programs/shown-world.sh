# What the documents' commands take for granted: people, roles, buckets, clusters, files.
gatehouse() {
  case $1 in
    start) _served "$@" --data "$(mktemp -d)" --port 0 --http-port 0 ;;
    instance-metadata | agent) _served "$@" ;;
    trail) case " $* " in *" --follow "*) timeout --preserve-status --signal=INT 3 "$NODE" "$GATEHOUSE" "$@" ;; *) "$NODE" "$GATEHOUSE" "$@" ;; esac ;;
    *) "$NODE" "$GATEHOUSE" "$@" ;;
  esac
}
# Runs a server until it is ready, and stops it as Ctrl-C does.
_served() {
  local log pid
  log=$(mktemp)
  "$NODE" "$GATEHOUSE" "$@" >"$log" 2>&1 &
  pid=$!
  for _ in $(seq 1 300); do
    grep -q -i -E 'ready|serves|http://' "$log" && break
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.2
  done
  kill -INT "$pid" 2>/dev/null || { cat "$log"; return 1; }
  wait "$pid"
}
npx() { shift; gatehouse "$@"; }
eval "$(gatehouse env)"
trust() { printf '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":%s,"Action":["sts:AssumeRole","sts:TagSession"]}]}' "$1"; }
role() { aws iam create-role --role-name "$1" --path "${3:-/}" --assume-role-policy-document "$(trust "$2")" >/dev/null; }
for name in alice ann deployer administrator; do aws iam create-user --user-name "$name" >/dev/null 2>&1; done
role cluster '{"Service":"eks.amazonaws.com"}'
role node '{"Service":"ec2.amazonaws.com"}'
role web '{"Service":"ec2.amazonaws.com"}'
role ops '{"AWS":"arn:aws:iam::111122223333:root"}'
role deployer '{"AWS":"arn:aws:iam::111122223333:root"}'
role ci '{"AWS":"arn:aws:iam::111122223333:root"}'
role app '{"Service":"pods.eks.amazonaws.com"}' /app/
aws iam attach-role-policy --role-name app --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
aws iam attach-role-policy --role-name ops --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
aws iam create-policy --policy-name team --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}' >/dev/null
aws iam create-instance-profile --instance-profile-name web >/dev/null
aws iam add-role-to-instance-profile --instance-profile-name web --role-name web
aws iam update-account-password-policy --minimum-password-length 10
aws eks create-cluster --name demo --tags gatehouse:kind=embedded --role-arn arn:aws:iam::111122223333:role/cluster \
  --resources-vpc-config subnetIds=subnet-1,subnet-2 --access-config authenticationMode=API_AND_CONFIG_MAP >/dev/null
aws eks wait cluster-active --name demo
aws eks update-kubeconfig --name demo >/dev/null
kubectl create namespace shop >/dev/null
for name in checkout cart app; do kubectl -n shop create serviceaccount "$name" >/dev/null; done
kubectl create serviceaccount app >/dev/null
gatehouse irsa enable --cluster demo --service-account app --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess >/dev/null
aws eks create-pod-identity-association --cluster-name demo --namespace default --service-account app --role-arn arn:aws:iam::111122223333:role/app/app >/dev/null
aws s3 mb s3://ledger >/dev/null
aws s3 mb s3://audit-logs >/dev/null
aws s3api put-bucket-policy --bucket audit-logs --policy '{"Version":"2012-10-17","Statement":[
  {"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::audit-logs"},
  {"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::audit-logs/*",
   "Condition":{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}}}]}'
aws s3api put-bucket-policy --bucket ledger --policy '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::ledger/*"}]}'
mkdir -p exports
aws iam get-account-authorization-details >details.json
kubectl get roles,rolebindings,clusterroles,clusterrolebindings,serviceaccounts,pods -A -o json >rbac.json
kubectl get serviceaccounts,pods -A -o json >pods.json
kubectl get namespaces -o json >namespaces.json
gatehouse import --out world.json details.json demo=rbac.json >/dev/null
echo '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}]}' | tee policy.json team.json old.json >/dev/null
echo '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/key"}]}' >new.json
echo '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:CreateUser","Resource":"*"}]}' >limits.json
printf 'Resources:\n  G: {Type: AWS::IAM::Group}\n' >template.yaml
echo '{"planned_values":{"root_module":{}}}' >plan.json
printf 'tests:\n  - principals: alice\n    may not: iam:CreateUser\n' >access.yaml
printf 'users: []\n' >seed.yaml
printf 'logLevel: info\n' >gatehouse.yaml
printf 'apiVersion: v1\nkind: List\nitems: []\n' >rbac.yaml
printf '#!/bin/sh\n' >app && chmod +x app
echo 'world is made'
