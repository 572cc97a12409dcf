// Reads `deniedby simulate` input lines, asks iam-simulate, prints {"id", "decision"} lines: allowed,
// explicitly-denied, implicitly-denied, or error with its text. Nothing is dropped in silence: what that engine
// would ignore, or cannot be asked, is an error.
import readline from 'node:readline'
import { anonymousPrincipal, isConditionKeyArray, runSimulation, typeForContextKey } from '@cloud-copilot/iam-simulate'

const DECISIONS = {
  Allowed: 'allowed',
  ExplicitlyDenied: 'explicitly-denied',
  ImplicitlyDenied: 'implicitly-denied'
}
const EVERYTHING = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
const MEMBERS = new Set([
  'id', 'principal', 'action', 'resource', 'context', 'identity_policies', 'permissions_boundary', 'session_policies',
  'service_control_policies', 'resource_control_policies', 'resource_policy', 'vpc_endpoint_policy',
  'block_public_access', 'bucket_abac'
])

class CannotAsk extends Error {}

// Errors name policies, so names must differ.
const named = (policies, prefix) =>
  policies.map((policy, i) => ({ name: `${prefix}-${i}-${policy.name ?? ''}`, policy: policy.document }))

const levels = (list, prefix) =>
  (list ?? []).map((level, i) => ({ orgIdentifier: `${prefix}-${i}`, policies: named(level, `${prefix}-${i}`) }))

const isService = (principal) => principal.endsWith('.amazonaws.com') && !principal.startsWith('arn:')
const isRoot = (principal) => /^arn:[^:]+:iam::\d{12}:root$/.test(principal)

/** That engine takes one session policy. Several of one Version say the same as one with all their statements. */
function sessionPolicy(policies) {
  if (!policies || policies.length === 0) return undefined
  const documents = policies.map((policy) => policy.document)
  if (new Set(documents.map((document) => document.Version)).size > 1) {
    throw new CannotAsk('session policies of different versions')
  }
  return { Version: documents[0].Version, Statement: documents.flatMap((document) => [document.Statement].flat()) }
}

async function contextVariables(context) {
  const variables = {}
  for (const [key, value] of Object.entries(context ?? {})) {
    const values = [value].flat()
    if (values.length === 0) throw new CannotAsk(`${key} has no value`)
    const isList = isConditionKeyArray(await typeForContextKey(key.toLowerCase()))
    if (values.length > 1 && !isList) throw new CannotAsk(`${key} has one value at most`)
    variables[key] = values.length > 1 ? values : values[0]
  }
  return variables
}

async function simulation(line) {
  for (const [member, value] of Object.entries(line)) {
    if (!MEMBERS.has(member) && value && Object.keys(value).length > 0) throw new CannotAsk(`it knows no ${member}`)
  }
  const anonymous = line.principal === 'anonymous'
  const identity = line.identity_policies ?? []
  const policies = {
    request: {
      principal: anonymous ? anonymousPrincipal : line.principal,
      action: line.action,
      resource: { resource: line.resource.arn, accountId: line.resource.account },
      contextVariables: await contextVariables(line.context)
    },
    // The root user may do everything; that engine wants it written down.
    identityPolicies: isRoot(line.principal) && identity.length === 0
      ? [{ name: 'root', policy: EVERYTHING }]
      : named(identity, 'identity'),
    sessionPolicy: sessionPolicy(line.session_policies),
    // SCPs are for principals of an account: a service and an anonymous caller have none.
    serviceControlPolicies: anonymous || isService(line.principal) ? [] : levels(line.service_control_policies, 'scp'),
    // RCPFullAWSAccess is added by that engine, to every level.
    resourceControlPolicies: levels(line.resource_control_policies, 'rcp')
  }
  if (line.permissions_boundary) policies.permissionBoundaryPolicies = named([line.permissions_boundary], 'boundary')
  if (line.resource_policy) policies.resourcePolicy = line.resource_policy
  if (line.vpc_endpoint_policy) policies.vpcEndpointPolicies = [{ name: 'endpoint', policy: line.vpc_endpoint_policy }]
  if (line.block_public_access || line.bucket_abac) {
    policies.additionalSettings = {
      s3: {
        blockPublicAccess: line.block_public_access?.restrict_public_buckets === true,
        bucketAbacEnabled: line.bucket_abac === true
      }
    }
  }
  return policies
}

async function answer(text) {
  let id = null
  try {
    const line = JSON.parse(text)
    id = line.id ?? null
    const result = await runSimulation(await simulation(line), {})
    if (result.resultType === 'error') return { id, decision: 'error', error: JSON.stringify(result.errors) }
    if (result.resultType !== 'single') return { id, decision: 'error', error: `a ${result.resultType} result` }
    const ignored = result.result.ignoredContextKeys ?? []
    if (ignored.length > 0) return { id, decision: 'error', error: `keys that the action has not: ${ignored.join(', ')}` }
    return { id, decision: DECISIONS[result.overallResult] ?? 'error' }
  } catch (error) {
    const text = error instanceof CannotAsk ? error.message : `${error.name}: ${error.message}`
    return { id, decision: 'error', error: text }
  }
}

for await (const text of readline.createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  if (text.trim() === '') continue
  if (!process.stdout.write(JSON.stringify(await answer(text)) + '\n')) {
    await new Promise((resolve) => process.stdout.once('drain', resolve))
  }
}
