// Objects of S3 with aws-sdk-go-v2, unmodified: large and small, pages, presigned forms, many deleted at once; prints what it saw as JSON for the test to judge.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	transfertypes "github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"gatehouse.test/clients/report"
)

const bucket = "bucket-of-go"

func main() {
	report.Print(time.Minute, func(ctx context.Context) (map[string]any, error) {
		seen := map[string]any{}
		return seen, objects(ctx, seen)
	})
}

func objects(ctx context.Context, seen map[string]any) error {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	// The bucket in the path: not every resolver knows names below localhost.
	client := s3.NewFromConfig(cfg, func(options *s3.Options) { options.UsePathStyle = true })
	if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String(bucket)}); err != nil {
		return err
	}
	if err := s3.NewBucketExistsWaiter(client).Wait(ctx, &s3.HeadBucketInput{Bucket: aws.String(bucket)}, 10*time.Second); err != nil {
		return err
	}
	if err := large(ctx, client, seen); err != nil {
		return err
	}
	if err := small(ctx, client, seen); err != nil {
		return err
	}
	if err := presigned(ctx, client, seen); err != nil {
		return err
	}
	var noKey *types.NoSuchKey
	_, err = client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("none")})
	seen["missing"] = errors.As(err, &noKey)
	if err := removed(ctx, client, seen); err != nil {
		return err
	}
	var noBucket *types.NotFound
	_, err = client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String(bucket)})
	seen["gone"] = errors.As(err, &noBucket)
	return nil
}

// large goes up and comes down in parts.
func large(ctx context.Context, client *s3.Client, seen map[string]any) error {
	content := bytes.Repeat([]byte("0123456789abcdef"), 20<<16)
	transfers := transfermanager.New(client)
	if _, err := transfers.UploadObject(ctx, &transfermanager.UploadObjectInput{Bucket: aws.String(bucket), Key: aws.String("large"), Body: bytes.NewReader(content)}); err != nil {
		return err
	}
	back := transfertypes.NewWriteAtBuffer(nil)
	if _, err := transfers.DownloadObject(ctx, &transfermanager.DownloadObjectInput{Bucket: aws.String(bucket), Key: aws.String("large"), WriterAt: back}); err != nil {
		return err
	}
	seen["large comes back"] = bytes.Equal(back.Bytes(), content)
	return nil
}

func small(ctx context.Context, client *s3.Client, seen map[string]any) error {
	for n := range 5 {
		put := &s3.PutObjectInput{
			Bucket: aws.String(bucket), Key: aws.String(fmt.Sprintf("many/%d ä+&", n)), Body: bytes.NewReader(make([]byte, n)),
			Metadata: map[string]string{"number": fmt.Sprint(n)},
		}
		if _, err := client.PutObject(ctx, put); err != nil {
			return err
		}
	}
	pages := [][]int64{}
	list := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: aws.String(bucket), Prefix: aws.String("many/"), MaxKeys: aws.Int32(2)})
	for list.HasMorePages() {
		page, err := list.NextPage(ctx)
		if err != nil {
			return err
		}
		sizes := []int64{}
		for _, entry := range page.Contents {
			sizes = append(sizes, *entry.Size)
		}
		pages = append(pages, sizes)
	}
	seen["pages"] = pages
	head, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String(bucket), Key: aws.String("many/3 ä+&")})
	if err != nil {
		return err
	}
	seen["metadata"] = head.Metadata["number"]
	return nil
}

// presigned is read by a client that has no credentials.
func presigned(ctx context.Context, client *s3.Client, seen map[string]any) error {
	address, err := s3.NewPresignClient(client).PresignGetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("many/4 ä+&")})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, address.Method, address.URL, nil)
	if err != nil {
		return err
	}
	answer, err := client.Options().HTTPClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	seen["presigned"] = []int{answer.StatusCode, len(content)}
	return nil
}

func removed(ctx context.Context, client *s3.Client, seen map[string]any) error {
	list, err := client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String(bucket)})
	if err != nil {
		return err
	}
	keys := []types.ObjectIdentifier{}
	for _, entry := range list.Contents {
		keys = append(keys, types.ObjectIdentifier{Key: entry.Key})
	}
	deleted, err := client.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: aws.String(bucket), Delete: &types.Delete{Objects: keys}})
	if err != nil {
		return err
	}
	seen["deleted"] = []int{len(deleted.Deleted), len(deleted.Errors)}
	_, err = client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: aws.String(bucket)})
	return err
}
