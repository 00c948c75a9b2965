import { Command, CommanderError } from 'commander'
import { testCommand } from './access-tests.ts'
import { agentCommand } from './agent.ts'
import { instanceMetadataCommand } from './instance-metadata.ts'
import { auditCommand } from './audit.ts'
import { clusterCommand } from './cluster.ts'
import { completionCommand } from './completion.ts'
import { configureProfileCommand } from './configure-profile.ts'
import { coverageCommand } from './coverage.ts'
import { credentialsCommand } from './credentials.ts'
import { diffCommand } from './diff.ts'
import { doctorCommand } from './doctor.ts'
import { environmentCommand } from './environment.ts'
import { escalationsCommand } from './escalations.ts'
import { findingsCommand } from './findings.ts'
import { explainCommand } from './explain.ts'
import { importCommand } from './import.ts'
import { irsaCommand } from './irsa.ts'
import { issuerCommand } from './issuer.ts'
import { keysCommand } from './keys.ts'
import { leastPrivilegeCommand } from './least-privilege.ts'
import { lintCommand } from './lint.ts'
import { addManual } from './manual.ts'
import { pathCommand } from './path.ts'
import { rdsProxyCommand } from './rds-proxy.ts'
import { endWhenReaderIsGone } from './reader-gone.ts'
import { runCommand } from './run.ts'
import { seedCommand } from './seed.ts'
import { simulateCommand } from './simulate.ts'
import { startCommand } from './start.ts'
import { exportCommand, resetCommand, restoreCommand } from './state.ts'
import { trailCommand } from './trail.ts'
import { upCommand } from './up.ts'
import { whatCanCommand } from './what-can.ts'
import { whoCanCommand } from './who-can.ts'
import { version } from '../types/version.ts'

/** The `gatehouse` command, with every command below it. */
export function createProgram(): Command {
  const program = new Command('gatehouse')
    .description('A self-hosted, AWS-wire-compatible identity plane for Kubernetes')
    .version(version, '-V, --version', 'print the version')
    .showHelpAfterError('(gatehouse --help lists the commands)')
    .exitOverride()
  for (const command of [
    startCommand(),
    upCommand(),
    environmentCommand(),
    configureProfileCommand(),
    credentialsCommand(),
    exportCommand(),
    restoreCommand(),
    resetCommand(),
    seedCommand(),
    keysCommand(),
    runCommand(),
    agentCommand(),
    instanceMetadataCommand(),
    rdsProxyCommand(),
    irsaCommand(),
    issuerCommand(),
    clusterCommand(),
    simulateCommand(),
    explainCommand(),
    lintCommand(),
    diffCommand(),
    trailCommand(),
    leastPrivilegeCommand(),
    importCommand(),
    whoCanCommand(),
    whatCanCommand(),
    pathCommand(),
    escalationsCommand(),
    findingsCommand(),
    testCommand(),
    auditCommand(),
    coverageCommand(),
    doctorCommand(),
    completionCommand(program),
  ])
    program.addCommand(command.exitOverride())
  addManual(program)
  for (const command of program.commands) tellOfHelp(command, 'gatehouse')
  return program
}

/** Has a command, and those below it, say after a wrong command line where its flags are told. */
function tellOfHelp(command: Command, above: string): void {
  const words = `${above} ${command.name()}`
  command.showHelpAfterError(`(${words} --help shows how it is used)`)
  for (const below of command.commands) tellOfHelp(below, words)
}

/**
 * Runs the `gatehouse` command.
 * @param argv  process.argv: the runtime, the script, then the words
 */
export async function main(argv: readonly string[]): Promise<void> {
  endWhenReaderIsGone()
  const program = createProgram()
  try {
    await program.parseAsync(argv)
  } catch (problem) {
    if (problem instanceof CommanderError) process.exitCode = problem.exitCode
    else {
      console.error(`gatehouse: ${problem instanceof Error ? problem.message : String(problem)}`)
      process.exitCode = 1
    }
  }
}
