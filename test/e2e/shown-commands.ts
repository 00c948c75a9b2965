/** Blocks that another suite runs with names of its own, by document and first command. */
export const elsewhere: { readonly [block: string]: string } = {
  'docs/analysis.md: aws organizations enable-aws-service-access --service-principal access-analyzer.amazonaws.com':
    'test/services/access-analyzer/organization-analyzers.test.ts',
  'docs/cloudtrail.md: aws cloudtrail validate-logs --trail-arn arn:aws:cloudtrail:us-east-1:111122223333:trail/audit --start-time 2026-01-15T00:00:00Z --verbose':
    'test/e2e/validate-logs.test.ts',
  'docs/cloudtrail.md: aws cloudtrail create-event-data-store --name audit': 'test/e2e/lake.test.ts',
  'docs/cloudtrail.md: aws cloudtrail start-query --delivery-s3-uri s3://query-results --query-statement "SELECT eventName, COUNT(*) FROM ID GROUP BY eventName"':
    'test/e2e/lake.test.ts',
  'docs/cloudtrail.md: aws cloudtrail start-import --destinations ARN --import-source \\': 'test/server/lake-imports.test.ts',
  'docs/cloudtrail.md: aws cloudtrail put-insight-selectors --event-data-store SOURCE --insights-destination DESTINATION --insight-selectors \'[{"InsightType":"ApiErrorRateInsight"}]\'':
    'test/services/cloudtrail/lake-insights.test.ts',
  'docs/cloudtrail.md: aws cloudtrail create-dashboard --name audit --refresh-schedule \'{"Frequency": {"Unit": "HOURS", "Value": 6}, "Status": "ENABLED"}\' --widgets \'[{':
    'test/server/dashboard-refreshes.test.ts',
  'docs/cloudtrail.md: aws cloudtrail put-event-configuration --event-data-store ARN --max-event-size Large --context-key-selectors \\':
    'test/server/enriched-events.test.ts',
  'docs/cloudtrail.md: gatehouse least-privilege --principal deployer --since 30d > policy.json': 'test/e2e/least-privilege.test.ts',
  'docs/cloudtrail.md: gatehouse trail --follow': 'test/e2e/trail-follow.test.ts',
  'docs/clusters.md: aws eks create-cluster --name small --tags gatehouse:kind=embedded --role-arn … --resources-vpc-config …':
    'test/e2e/quick-start.test.ts',
  'docs/clusters.md: gatehouse start --cluster-networks 10.0.0.0/8': 'test/e2e/attached-cluster.test.ts',
  'docs/clusters.md: gatehouse cluster doctor --cluster edge --kubeconfig admin.conf': 'test/e2e/attached-cluster.test.ts',
  'docs/clusters.md: gatehouse cluster deployment --service gatehouse/gatehouse --image registry.example.com/gatehouse | kubectl apply -f -':
    'test/e2e/attached-cluster.test.ts',
  'docs/databases.md: eval "$(npx gatehouse env)"': 'test/e2e/rds-proxy.test.ts',
  'docs/databases.md: TOKEN=$(aws rds generate-db-auth-token --hostname orders.rds.localhost --port 5432 --username jane)':
    'test/e2e/rds-proxy.test.ts',
  'docs/eks.md: aws eks describe-nodegroup --cluster-name demo --nodegroup-name blue --query nodegroup.health':
    'test/e2e/eks-nodes.test.ts',
  'docs/eks.md: aws eks associate-identity-provider-config --cluster-name demo \\': 'test/e2e/cluster-access.test.ts',
  'docs/guide-audit.md: aws iam get-account-authorization-details > details.json': 'test/e2e/reachability.test.ts',
  'docs/guide-migrate-from-kiam.md: aws ec2 modify-instance-metadata-options --instance-id ID --http-tokens required --http-put-response-hop-limit 1':
    'test/node/isolation.test.ts',
  "docs/high-availability.md: export GATEHOUSE_STORE='postgres://gatehouse@db1,db2,db3/gatehouse?sslmode=verify-full&sslrootcert=/etc/gatehouse/db-ca.pem'":
    'test/e2e/postgres-nodes.test.ts',
  "docs/high-availability.md: export GATEHOUSE_RECORDS='cassandra://gatehouse@cassandra1,cassandra2,cassandra3/gatehouse?datacenter=dc1&tlsrootcert=/etc/gatehouse/cassandra-ca.pem'":
    'scripts/test-cluster.mjs',
  'docs/iam.md: gatehouse start --quotas RolesPerAccount=5000,PoliciesPerRole=20,ACLSizePerRole=4096,AccountsPerOrganization=50':
    'test/server/configuration.test.ts',
  "docs/iam.md: aws iam create-delegation-request --description 'Sets up the bucket' --requestor-workflow-id order-4711 --session-duration 3600 \\":
    'test/services/iam/delegation.test.ts',
  'docs/iam.md: aws iam associate-delegation-request --delegation-request-id ID': 'test/services/iam/delegation.test.ts',
  'docs/packaging.md: openssl genpkey -algorithm ed25519 -out release-key.pem': 'test/e2e/release.test.ts',
  'docs/packaging.md: openssl pkeyutl -verify -pubin -inkey release-key.pub.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig':
    'test/e2e/release.test.ts',
  'docs/infrastructure-as-code.md: export AWS_IAM_ENDPOINT=https://localhost:4443 AWS_STS_ENDPOINT=https://localhost:4443 AWS_EKS_ENDPOINT=https://localhost:4443 AWS_CLOUDFORMATION_ENDPOINT=https://localhost:4443':
    'test/e2e/eksctl.test.ts',
  'docs/infrastructure-as-code.md: aws s3 mb s3://cdk-hnb659fds-assets-111122223333-us-east-1': 'test/e2e/cdk.test.ts',
  'docs/infrastructure-as-code.md: eval "$(gatehouse env)"': 'test/e2e/cdk.test.ts',
  'docs/snapshots.md: pg_dump --format=custom --file=gatehouse.dump --host=db1 --username=gatehouse gatehouse':
    'test/e2e/postgres-state.test.ts',
  'docs/reference.md: gatehouse restore --force state.snapshot': 'test/e2e/snapshots.test.ts',
  'docs/reference.md: gatehouse reset --keep': 'test/e2e/snapshots.test.ts',
  'docs/reference.md: gatehouse seed --keep seed.yaml': 'test/e2e/snapshots.test.ts',
  'docs/reference.md: gatehouse keys rotate': 'test/e2e/keys.test.ts',
  'docs/reference.md: gatehouse keys retire 1f2e3d4c5b6a7988': 'test/e2e/keys.test.ts',
  'docs/reference.md: gatehouse keys renew': 'test/e2e/keys.test.ts',
  'docs/keys.md: gatehouse keys retire first --end-sessions': 'test/e2e/keys.test.ts',
  'docs/reference.md: gatehouse agent --cluster demo': 'test/node/agent-addresses.test.ts',
  'docs/reference.md: gatehouse instance-metadata --instance i-0123456789abcdef0': 'test/node/instance-metadata.test.ts',
  'docs/workload-identity.md: gatehouse irsa migrate --cluster demo': 'test/node/irsa-migrate.test.ts',
  'docs/workload-identity.md: gatehouse instance-metadata --instance $ID --bind 169.254.169.254 --port 80': 'test/node/isolation.test.ts',
  'docs/reference.md: gatehouse rds-proxy --hostname orders.rds.localhost --dbi-resource-id db-ABCDEFGHIJKL01234 --upstream 127.0.0.1:5433':
    'test/e2e/rds-proxy.test.ts',
  'docs/reference.md: gatehouse cluster attach --kubeconfig ~/.kube/config --name dev': 'test/e2e/attached-cluster.test.ts',
  'docs/reference.md: gatehouse cluster doctor --kubeconfig ~/.kube/config --cluster dev': 'test/e2e/attached-cluster.test.ts',
  'docs/reference.md: gatehouse cluster deployment --service gatehouse/gatehouse --image gatehouse:1 | kubectl apply -f -':
    'test/e2e/attached-cluster.test.ts',
  'docs/reference.md: gatehouse up --ephemeral --seed seed.yaml -- npm test': 'test/e2e/snapshots.test.ts',
  'docs/testing-with-gatehouse.md: npx gatehouse up --ephemeral --seed seed.yaml -- npm test': 'test/e2e/snapshots.test.ts',
}

/** Blocks that cannot be run on a machine of tests, and why. */
export const notHere: { readonly [block: string]: string } = {
  'README.md: npm ci && npm start': 'installs the very checkout that the tests run in',
  'README.md: npm ci && npm test': 'is the run of the tests itself',
  'docs/quick-start.md: npm ci && npm start':
    'installs the very checkout that the tests run in; all that follows is run by the quick start’s suite',
  'docs/testing.md: npm ci --prefix test/mutation': 'takes an hour',
  'docs/dependencies.md: npm audit --omit=dev --audit-level=moderate': 'asks the registry’s advisory service, which not every registry has',
  'docs/infrastructure-as-code.md: pulumi config set aws:region us-east-1': 'needs Pulumi, which no registry of packages has',
  "docs/keys.md: gatehouse start --master-key-command 'aws kms decrypt --ciphertext-blob fileb:///etc/gatehouse/master-key.enc --query Plaintext --output text'":
    'needs a key management service and systemd; commands that give keys are run by test/e2e/keys',
}

/** Blocks with commands that end with another code than 0, and those codes: what was found is the answer, as their pages say. */
export const failing: { readonly [block: string]: readonly number[] } = {
  'docs/audit.md: gatehouse audit': [3, 3, 3],
  // A moment before the state began.
  'docs/reachability.md: gatehouse who-can iam:AttachUserPolicy --at 2026-11-20T10:00Z': [1, 1],
  // Ended as Ctrl-C does.
  'docs/reference.md: gatehouse trail --pod shop/cart-1': [130],
  'docs/reference.md: gatehouse audit --html audit.html': [3, 3],
  // The world of this suite lets a cluster's service account in.
  'docs/reference.md: gatehouse findings world.json': [3],
  // bash, not fish, reads them.
  'docs/operation.md: source <(gatehouse completion bash)': [2],
  'docs/reference.md: source <(gatehouse completion bash)': [2],
}
