import type { SpanContext } from '@opentelemetry/api'
import type { CallObserver, FinishedCall } from './call-observer.ts'
import { nameOf } from '../../identity/principal.ts'

/** Sends a span a call to an OpenTelemetry collector. */
export interface Traces extends CallObserver {
  /** Sends what waits, then stops. */
  close(): Promise<void>
}

/**
 * Traces by OTLP over HTTP. The SDK's own environment variables hold (OTEL_EXPORTER_OTLP_HEADERS, OTEL_SERVICE_NAME, ...).
 * The SDK is loaded only here: who traces nothing pays nothing.
 * @param endpoint  the collector's base URL, as `http://localhost:4318`
 * @param version   Gatehouse's own
 */
export async function openTraces(endpoint: string, version: string, environment: NodeJS.ProcessEnv): Promise<Traces> {
  const [{ ROOT_CONTEXT, SpanKind, SpanStatusCode, trace }, { BatchSpanProcessor, TracerProvider }, { OTLPTraceExporter }, resources] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ])
  const provider = new TracerProvider({
    resource: resources.resourceFromAttributes({
      'service.name': environment['OTEL_SERVICE_NAME'] || 'gatehouse',
      'service.version': version,
    }),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` }) })],
  })
  const tracer = provider.getTracer('gatehouse', version)
  return {
    callFinished(call) {
      const parent = call.traceparent === undefined ? undefined : parentOf(call.traceparent)
      const span = tracer.startSpan(
        `${call.service}/${call.operation}`,
        { kind: SpanKind.SERVER, startTime: call.startedAt, attributes: attributesOf(call) },
        parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT,
      )
      if (call.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR, message: call.outcome })
      span.end(call.startedAt + call.seconds * 1000)
    },
    close: () => provider.shutdown(),
  }
}

/** OpenTelemetry semantic conventions, "RPC" and "AWS SDK". */
const attributesOf = ({ service, operation, requestId, outcome, status, principal, sourceIp }: FinishedCall) => ({
  'rpc.system': 'aws-api',
  'rpc.service': service,
  'rpc.method': operation,
  'aws.request_id': requestId,
  'http.response.status_code': status,
  'client.address': sourceIp,
  'enduser.id': nameOf(principal),
  ...(outcome !== 'Success' && { 'error.type': outcome }),
})

/** W3C Trace Context, "Traceparent header": version 00, and later ones as far as they begin alike. */
function parentOf(traceparent: string): SpanContext | undefined {
  const [, traceId, spanId, flags] = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/.exec(traceparent) ?? []
  if (!traceId || !spanId || !flags || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true }
}
