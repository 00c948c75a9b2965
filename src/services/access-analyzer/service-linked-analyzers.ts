import { analyzerArn, notFound } from './analyzer-store.ts'
import { accessAnalyzer } from './service.ts'

/** CreateServiceLinkedAnalyzer: only services of AWS may; whoever else calls is refused. Access Analyzer API Reference, "CreateServiceLinkedAnalyzer". */
export const CreateServiceLinkedAnalyzer = accessAnalyzer.operation('CreateServiceLinkedAnalyzer', {
  access: (_input, { account, region }) => ({ resource: analyzerArn(region, account, '*') }),
  async handle() {
    throw new accessAnalyzer.AccessDeniedException('Service-linked analyzers are created by services of AWS only.')
  },
})

/** DeleteServiceLinkedAnalyzer: no service has made one. Access Analyzer API Reference, "DeleteServiceLinkedAnalyzer". */
export const DeleteServiceLinkedAnalyzer = accessAnalyzer.operation('DeleteServiceLinkedAnalyzer', {
  access: ({ analyzerName }, { account, region }) => ({ resource: analyzerArn(region, account, analyzerName) }),
  async handle({ analyzerName }) {
    throw notFound(analyzerName, 'Analyzer')
  },
})
