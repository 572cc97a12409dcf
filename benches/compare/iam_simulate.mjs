// Asks iam-simulate for the decisions of the policy set. A line on stdin, `{"way", "passes"}`, is one round: it is
// answered with the CPU time that all requests took so many times over, and the decisions. The time is taken here, so
// that the pipe costs nothing.
//
// It runs in tests/oracle, where the engine is installed; its one argument is the folder of the policy set.
import fs from 'node:fs'
import path from 'node:path'
import readline from 'node:readline'
import {
  createValidatedPolicy, validateIdentityPolicy, validateResourcePolicy, validateServiceControlPolicy
} from '@cloud-copilot/iam-policy'
import { runSimulation, runUnsafeSimulation } from '@cloud-copilot/iam-simulate'

const DECISIONS = {
  Allowed: 'allowed',
  ExplicitlyDenied: 'explicitly-denied',
  ImplicitlyDenied: 'implicitly-denied'
}
const read = (name) => JSON.parse(fs.readFileSync(path.join(process.argv[1], `${name}.json`), 'utf8'))

const identity = read('identity').map((document) => JSON.stringify(document))
const scps = read('scp').map((level) => level.policies.map((document) => JSON.stringify(document)))
const bucket = JSON.stringify(read('bucket'))
const requests = read('requests').map((row) => ({
  principal: row.principal,
  action: row.action,
  resource: { resource: row.resource, accountId: row.accountId },
  contextVariables: row.context
}))

/** The policies as that engine takes them; `load` makes one of its text. */
const policies = (load) => ({
  identityPolicies: identity.map((text, i) => ({ name: `identity-${i}`, policy: load(text, validateIdentityPolicy) })),
  serviceControlPolicies: scps.map((level, i) => ({
    orgIdentifier: `level-${i}`,
    policies: level.map((text, j) => ({ name: `scp-${i}-${j}`, policy: load(text, validateServiceControlPolicy) }))
  })),
  resourceControlPolicies: [],
  resourcePolicy: load(bucket, validateResourcePolicy)
})

// What that engine's API can keep between requests is a document that it has parsed and found to be valid.
const kept = policies((text, validate) => createValidatedPolicy(JSON.parse(text), validate, { name: 'policy' }))

async function decision(simulation) {
  const answer = await runSimulation(simulation, {})
  return answer.resultType === 'single' ? DECISIONS[answer.overallResult] : `error: ${JSON.stringify(answer.errors)}`
}

const WAYS = {
  kept: (request) => decision({ ...kept, request }),
  unchecked: (request) => DECISIONS[runUnsafeSimulation({ ...kept, request }, {})],
  new: (request) => decision({ ...policies((text) => JSON.parse(text)), request })
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { way, passes } = JSON.parse(line)
  const decide = WAYS[way]
  let decisions
  const before = process.cpuUsage()
  for (let pass = 0; pass < passes; pass++) {
    decisions = []
    for (const request of requests) decisions.push(await decide(request))
  }
  const { user, system } = process.cpuUsage(before)
  process.stdout.write(JSON.stringify({ microseconds: user + system, decisions }) + '\n')
}
