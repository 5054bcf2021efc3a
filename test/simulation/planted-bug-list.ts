/** A bug that the simulation must find. */
export interface PlantedBug {
  /** What the bug does. */
  readonly what: string;
  readonly edits: readonly Edit[];
  /** It is found in worlds with several nodes. */
  readonly severalNodes?: boolean;
  /** Whether it is looked for with two processes that compete for the lease. */
  readonly rivals?: boolean;
}

interface Edit {
  readonly file: string;
  /** Must occur exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

const bug = (what: string, ...edits: readonly Edit[]): PlantedBug => ({ what, edits });
const bugOfNodes = (what: string, ...edits: readonly Edit[]): PlantedBug => ({
  what,
  edits,
  severalNodes: true,
});
const bugOfRivals = (what: string, ...edits: readonly Edit[]): PlantedBug => ({ what, edits, rivals: true });
const edit = (file: string, find: string, replace: string): Edit => ({ file: `src/${file}`, find, replace });

const APPLY = 'domain/apply-change.ts';
const ACQUIRE = 'store/sqlite/acquire.ts';
const ACQUIRE_STATEMENTS = 'store/sqlite/acquire-statements.ts';
const DECIDE = 'store/decide-acquisitions.ts';
const STORE = 'store/sqlite/sqlite-store.ts';
const COUNTS = 'store/sqlite/stock-counts.ts';
const SETTLE_NODE = 'reconciler/settle-node.ts';
const OUTCOME = 'bee/outcome.ts';
const LIMITS = 'reconciler/spending-limits.ts';
const CANDIDATES = 'reconciler/order-candidates.ts';
const NEEDS = 'reconciler/pool-needs.ts';
const PLAN = 'reconciler/plan.ts';
const ADOPT = 'reconciler/adopt.ts';
const ORDER = 'reconciler/settle-order.ts';
const CLAIM = 'reconciler/settle-claim.ts';
const ANSWER = 'reconciler/settle-answer.ts';
const TOP_UP = 'reconciler/settle-top-up.ts';
const COOLDOWN = 'reconciler/cooldown.ts';
const STAMP = 'reconciler/settle-stamp.ts';
const RESERVE = 'domain/reserve.ts';
const IDENTITY = 'reconciler/identity.ts';
const SPENDING = 'reconciler/spending.ts';
const STATEMENTS = 'store/sqlite/statements.ts';
const ORDER_STATEMENTS = 'store/sqlite/order-statements.ts';
const CLOCK = 'reconciler/clock-jumped.ts';
const DUE = 'reconciler/due-incidents.ts';
const LASTING = 'reconciler/lasting-incidents.ts';
const STUCK = 'reconciler/stuck-transactions.ts';
const CANARY = 'reconciler/canary.ts';

/** What the pool has had before is compared with nothing. */
const ALL_ARE_UNPOOLED = edit(
  SETTLE_NODE,
  'unpooled.push(...slice.filter((stamp) => !pooled.has(stamp.batchId)));',
  'unpooled.push(...slice);',
);

/** Adoption leaves out what was reported as unaccounted for: without this, two bugs would have no effect. */
const ADOPTS_UNACCOUNTED = edit(ADOPT, ' && !unaccounted.has(batchId)', '');

/** Known bugs, most of them made in a stamp pool before. The campaign must catch each. */
export const PLANTED_BUGS: readonly PlantedBug[] = [
  bug(
    'gives one stamp to all clients of the same instant, without a guard on the update, and fails all of them together',
    edit(
      DECIDE,
      'const row = pick(facts.stock, request, moment);',
      'const row = (onlyOne ??= pick(facts.stock, request, moment));',
    ),
    edit(
      DECIDE,
      '  const demand = new Map<',
      '  let onlyOne: StampRow | undefined;\n  const demand = new Map<',
    ),
    edit(ACQUIRE, 'if (changes !== chunk.length)', 'if (changes > chunk.length)'),
    edit(
      'pool/group-commit.ts',
      'if (isBug && !isCommitted && waiting.length > 1) return this.#separate(waiting);',
      '',
    ),
  ),
  bug(
    'answers a client before the commit',
    edit(
      STORE,
      'return this.#commit(() => ({\n      revision: ++this.#revision,\n      outcomes: acquireAll(this.#acquiring, requests, moment),\n    }));',
      "this.#client.exec('BEGIN'); const outcomes = acquireAll(this.#acquiring, requests, moment); setTimeout(() => this.#client.exec('COMMIT')); return { revision: ++this.#revision, outcomes };",
    ),
  ),
  bug(
    'acquires and records outside a transaction',
    edit(STORE, 'askDatabase(() => this.#inTransaction(work));', 'askDatabase(work);'),
  ),
  bug(
    'keeps giving out stamps of a node after it has changed',
    edit(STORE, '      this.#acquiring.nodes.forget();\n', ''),
  ),
  bug(
    'acknowledges an acquisition that was committed to a replaced file',
    edit(
      STORE,
      '    this.#files.assertHoldsCommits(); // if the file was replaced meanwhile, do not acknowledge the commit\n',
      '',
    ),
  ),
  bug(
    'keeps writing to a file that a restart would not find',
    edit(
      STORE,
      '    this.#files.assertInPlace(); // write nothing to a file that a restart would not find\n',
      '',
    ),
    edit(
      STORE,
      '    this.#files.assertHoldsCommits(); // if the file was replaced meanwhile, do not acknowledge the commit\n',
      '',
    ),
    edit(STORE, '    this.#files.assertInPlace(); // the reconciler decides on this\n', ''),
  ),
  bug(
    'reports a failure of the database as a bug',
    edit(
      'store/sqlite/map-errors.ts',
      'throw new StoreFailedError(`${message} (${code})`, { cause });',
      'throw cause ?? new StoreFailedError(`${message} (${code})`);',
    ),
  ),
  bug(
    'does not report that the database failed while the pool is exhausted',
    edit(
      'pool/create-pool.ts',
      'reporting(parts, () => exhausted(request, parts))',
      'exhausted(request, parts)',
    ),
  ),
  bug(
    'treats the key of one caller as that of another',
    edit(
      ACQUIRE_STATEMENTS,
      "${acquisitions.caller} = ${compared('caller')} and",
      "length(${compared('caller')}) > 0 and",
    ),
  ),
  bug(
    'does not check whether a key stands for the same request',
    edit(
      DECIDE,
      "if (found.acquisition.fingerprint !== fingerprintOf(request)) return { is: 'conflict' };",
      '',
    ),
  ),
  bug(
    'does not keep the promised time to live',
    edit(
      DECIDE,
      'Math.max(promisedTtlSeconds, minTtlSeconds)',
      'Math.max(promisedTtlSeconds, minTtlSeconds) / 1000',
    ),
  ),
  bug(
    'gives a larger stamp to a client that excludes it',
    edit(DECIDE, 'if (row || !request.allowLarger) return row;', 'if (row) return row;'),
  ),
  bug(
    'treats Bee’s 500 as a refusal, and buys again',
    edit(
      OUTCOME,
      "    : { is: 'unknown', cause: describeAnswer(answer) };",
      "    : answer.status === 500 ? { is: 'refused', code: 'BAD_REQUEST', message: describeAnswer(answer) } : { is: 'unknown', cause: describeAnswer(answer) };",
    ),
  ),
  bug(
    'treats a reset connection as a refusal, and buys again',
    edit(
      OUTCOME,
      "mayHaveBeenSent\n    ? { is: 'unknown'",
      "mayHaveBeenSent === null\n    ? { is: 'unknown'",
    ),
  ),
  bug(
    'treats a proxy’s 503 as Bee’s',
    edit(
      OUTCOME,
      'BEE_ERRORS.find((row) => isBeeError(answer, row))',
      "BEE_ERRORS.find((row) => isBeeError(answer, row) || (row.status === answer.status && answer.contentType.startsWith('text/html')))",
    ),
  ),
  bug(
    'treats half of a 201 as a refusal',
    edit(
      OUTCOME,
      "return receipt ? { is: 'bought', ...receipt } : refusedOrUnknown('buy', answer);",
      "if (!receipt && answer.status === 201) return { is: 'refused', code: 'BAD_REQUEST', message: describeAnswer(answer) };\n  return receipt ? { is: 'bought', ...receipt } : refusedOrUnknown('buy', answer);",
    ),
  ),
  bug(
    'treats a time to live of -1 as zero',
    edit('bee/response-schemas.ts', 'ttl < 0 ? null', 'ttl < 0 ? 0'),
  ),
  bug(
    'treats a time to live of -1 as unlimited',
    edit('bee/response-schemas.ts', 'ttl < 0 ? null', 'ttl < 0 ? MAX_TTL_SECONDS'),
  ),
  bug(
    'adopts an acquired batch again',
    edit(
      APPLY,
      '  if (!isLiveState(stamp.state) || stamp.retiredAddress !== null) return stamp;\n',
      "  if (change.change === 'stampAdded') return { ...stamp, state: 'propagating' };\n  if (!isLiveState(stamp.state) || stamp.retiredAddress !== null) return stamp;\n",
    ),
    edit(ADOPT, "  if (pooledIds.has(stamp.batchId)) return 'pooled';\n", ''),
    ALL_ARE_UNPOOLED,
  ),
  bug('adopts more than the target', edit(ADOPT, '.slice(0, Math.max(0, target - available - onOrder))', '')),
  bug(
    'adopts a batch that Bee labels recovered',
    edit(
      ADOPT,
      "return label !== null && label !== 'recovered' && !unaccounted.has(batchId);",
      'return true;',
    ),
  ),
  bug('adopts a batch that shows use', edit(ADOPT, "  if (stamp.utilization > 0) return 'used';\n", '')),
  bug(
    'expires stamps that the node does not show, whatever the clock shows',
    edit(PLAN, 'expiresAt <= now && since !== null', 'expiresAt !== null && since !== null'),
  ),
  bug(
    'expires stamps that one observation does not show, by a wrong clock',
    edit(PLAN, 'block - since >= LOST_BLOCKS', 'block - since >= 0'),
  ),
  bug(
    'decides on a node that is behind',
    edit('domain/observation.ts', 'if (lag > MAX_LAG_BLOCKS)', 'if (lag > 1_000_000)'),
  ),
  bug(
    'buys without a known price',
    edit(PLAN, 'if (seen.chain.price === 0n) {', 'if (seen.chain.price < 0n) {'),
  ),
  bug(
    'recognises a purchase by its label alone',
    edit(
      ORDER,
      'stamp.amount === order.amount || (stamp.label === order.id && stamp.amount > order.amount);',
      'stamp.label === order.id;',
    ),
  ),
  bug(
    'confirms a purchase with a batch that the pool has had before',
    edit(ORDER, '!input.pooledIds.has(stamp.batchId) && ', ''),
    ALL_ARE_UNPOOLED,
    edit(ORDER, ' && isMinedSince(order, stamp);', ';'),
    edit(ORDER, 'stamp.amount === order.amount ||', 'stamp.amount * 2n >= order.amount ||'),
  ),
  bug(
    'abandons an unknown purchase after too few blocks',
    edit(ORDER, 'const SAFETY_MARGIN_BLOCKS = 30;', 'const SAFETY_MARGIN_BLOCKS = 0;'),
    edit(CLAIM, 'const LISTED_WITHIN_BLOCKS = 15;', 'const LISTED_WITHIN_BLOCKS = 4;'),
  ),
  bug(
    'abandons an unknown purchase whose transaction is pending',
    edit(ORDER, 'if (pendingPostage.length > 0) {', 'if (pendingPostage.length > 1_000) {'),
  ),
  bug(
    'buys while a transaction is pending',
    edit(LIMITS, 'if (pending !== undefined)', "if (pending === 'none')"),
  ),
  bug(
    'treats any transaction as over that is pending for long',
    edit(
      STUCK,
      'before.superseded.has(hash) || isUsed(nonce, left, xdai)',
      'isUsed(nonce, left, xdai) || sinceTip - (before.listed.get(hash)?.sinceTip ?? sinceTip) > 60',
    ),
  ),
  bug(
    'never treats a transaction as over whose cancellation was mined',
    edit(STUCK, 'one.nonce >= nonce &&', 'one.nonce < 0 &&'),
  ),
  bug(
    'does not settle an abandoned purchase that is mined late',
    edit('reconciler/settle.ts', '    ...stock.abandonedOrders,\n', ''),
  ),
  bug(
    'records an order as sent after sending it',
    edit('reconciler/act.ts', '  const sending = await writeSent(sent, parts);\n', ''),
    edit(
      'reconciler/act.ts',
      '  await levels.include(sending);\n',
      '  const sending = await writeSent(sent, parts);\n  await levels.include(sending);\n',
    ),
  ),
  bug(
    'treats an order that was sent before a crash as refused',
    edit(
      ANSWER,
      "({ change: 'orderUnknown', id, cause: LOST_ANSWER })",
      "({ change: 'orderRejected', id, cause: LOST_ANSWER, refusal: 'BAD_REQUEST' })",
    ),
  ),
  bug(
    'does not report that a crash has left an outcome unknown',
    edit(
      ANSWER,
      'incidents: [...lost.map((order) => unknownOutcome(order, LOST_ANSWER)), ...answer.incidents],',
      'incidents: answer.incidents,',
    ),
    edit(LASTING, ': unknownOutcome(order, order.cause)', ': []'),
  ),
  bug(
    'does not write what is to be reported beside what it follows from',
    edit(
      DUE,
      'isLasting(incident.code) ? [] :',
      "isLasting(incident.code) || incident.code !== 'BUSY' ? [] :",
    ),
  ),
  bug(
    'forgets after a crash what was to be reported',
    edit(DUE, 'for (const incident of due) report(incident);', ''),
  ),
  bug(
    'reports again in each run what it has reported',
    edit(DUE, '    isLasting(code) ? [] : [', "    isLasting(code) || code.endsWith('_ABANDONED') ? [] : ["),
  ),
  bug(
    'removes what is to be reported before the report',
    edit(
      SETTLE_NODE,
      '  for (const incident of settled.incidents) report(incident);\n  await writeChanges(reportedChanges(node, settled.incidents), clock.now(), parts);\n',
      '  await writeChanges(reportedChanges(node, settled.incidents), clock.now(), parts);\n  for (const incident of settled.incidents) report(incident);\n',
    ),
  ),
  bug(
    'writes in another transaction that the expiry of a stamp has to be reported',
    edit(
      'reconciler/act.ts',
      'await writeChanges(changes, clock.now(), parts);',
      "await writeChanges([{ change: 'stampExpired', batchId }], clock.now(), parts);\n  await writeChanges(dueChanges(node, [incident]), clock.now(), parts);",
    ),
  ),
  bug(
    'ignores an answer that arrives after the pool has stopped waiting',
    edit(
      'reconciler/in-flight.ts',
      'this.#answers.push({ order, answer });',
      'if (this.#sending?.order !== order) return;\n      this.#answers.push({ order, answer });',
    ),
  ),
  bug(
    'treats a top-up as shown once Bee has answered and a block number has passed',
    edit(
      TOP_UP,
      "if (stamp === undefined || !isPaid(order, stamp, input)) return 'nothing';",
      "if (stamp && order.claim && input.seen.chain.block >= (order.claim.atBlock ?? Infinity)) return 'listed';\n  if (stamp === undefined || !isPaid(order, stamp, input)) return 'nothing';",
    ),
  ),
  bug(
    'does not settle an abandoned top-up that is mined together with its repetition',
    edit(
      TOP_UP,
      '    isSumOf(grown - since - order.amount, unsettledBeside(order, input)),',
      '    since === 0n && grown === order.amount,',
    ),
  ),
  bug(
    'does not report that an abandoned top-up was mined late',
    edit(TOP_UP, "incidents: order.state === 'abandoned' ? [lateReport(order)] : [],", 'incidents: [],'),
  ),
  bug(
    'believes a 201 at once',
    edit(
      ANSWER,
      'return claimed(order, { ...answer, state, tip });',
      "return state === null ? NOTHING : { changes: [{ change: 'orderConfirmed', id: order.id, batchId: answer.batchId, txHash: answer.txHash, atBlock: tip ?? 0 }, { change: 'stampAdded', stamp: { ...order, batchId: answer.batchId, state: 'propagating', origin: 'bought', orderId: order.id, createdAt: order.sentAt, missingSinceBlock: null, withheld: null, lastLostAtBlock: null } }], incidents: [], backOff: { is: 'clear' } };",
    ),
  ),
  bug(
    'believes that a batch of another amount is the one that a 201 named',
    edit(
      ORDER,
      'if (shown === undefined || (mayBe(shown, order) && isOurs(shown, order))) return null;',
      'if (shown === undefined || mayBe(shown, order)) return null;',
    ),
    edit(
      ORDER,
      '.filter((stamp) => isOurs(stamp, order))',
      '.filter((stamp) => stamp.batchId === claim?.batchId || isOurs(stamp, order))',
    ),
  ),
  bug(
    'keeps buying while a purchase that Bee has confirmed is not shown',
    edit(
      LIMITS,
      "find((order) => order.kind === 'purchase' && !isLeftOver(order, input));",
      "find((order) => order.state === 'planned');",
    ),
  ),
  bug(
    'abandons an order that Bee has confirmed like one without an answer',
    edit(
      ORDER,
      'if (order.claim !== null && !order.claim.refuted)',
      "if (order.claim !== null && order.state === 'sent')",
    ),
  ),
  bug(
    'holds only for ten minutes when a purchase is not shown',
    edit(
      COOLDOWN,
      'return blocksPerDay(blockTimeSeconds) * HOLD_GROWTH',
      'return (600 / blockTimeSeconds) * HOLD_GROWTH',
    ),
  ),
  bug(
    'does not report that a purchase is not shown',
    edit(
      CLAIM,
      "code: kind === 'purchase' ? 'PURCHASE_NOT_SHOWN' : 'TOP_UP_NOT_SHOWN',",
      "code: kind === 'purchase' ? 'BUSY' : 'TOP_UP_NOT_SHOWN',",
    ),
  ),
  bug(
    'does not report that a top-up is not shown',
    edit(
      CLAIM,
      "code: kind === 'purchase' ? 'PURCHASE_NOT_SHOWN' : 'TOP_UP_NOT_SHOWN',",
      "code: kind === 'purchase' ? 'PURCHASE_NOT_SHOWN' : 'BUSY',",
    ),
  ),
  bug(
    'does not wait after several abandoned purchases in a row',
    edit(COOLDOWN, 'if (inARow.length < 2) return null;', 'if (inARow.length < 2e6) return null;'),
  ),
  bug(
    'does not report a batch with the mark of a purchase that is in no row',
    edit('reconciler/unaccounted.ts', 'if (order === undefined ||', "if (order?.id !== '' ||"),
  ),
  bug(
    'counts only available stamps as stock',
    edit(RESERVE, "if (stamp.state === 'propagating') return true;", ''),
    edit(RESERVE, 'return stamp.isToppedUp || stamp.meetsPromise;', 'return stamp.isToppedUp;'),
  ),
  bug(
    'counts stamps that the node has lost as stock for ever',
    edit(
      RESERVE,
      "if (stamp.withheld === 'lost' || stamp.withheld === 'in_use') return false;",
      "if (stamp.withheld === 'lost') return true;",
    ),
  ),
  bug(
    'does not restore a missing stamp that is shown again',
    edit(STAMP, '  stamp.withheld !== withheld ||\n  stamp.missingSinceBlock !== null;', '  false;'),
  ),
  bug('treats a stamp as lost at once', edit(STAMP, 'LOST_BLOCKS = 120;', 'LOST_BLOCKS = 12;')),
  bug(
    'treats 90 seconds as long enough to become usable',
    edit(
      STAMP,
      "stamp.state === 'propagating' && shown.usable && expiresAt !== null;",
      "stamp.state === 'propagating' && (shown.usable || seen.at.getTime() - stamp.createdAt.getTime() >= 90_000) && expiresAt !== null;",
    ),
  ),
  bug(
    'ignores utilization',
    edit(STAMP, "shown.utilization > 0 || stamp.withheld === 'in_use'", "stamp.withheld === 'in_use'"),
  ),
  bug(
    'forgets that a stamp has shown use',
    edit(STAMP, "shown.utilization > 0 || stamp.withheld === 'in_use'", 'shown.utilization > 0'),
  ),
  bug(
    'computes the time to live from now, not from the block that the node has read',
    edit(STAMP, 'stamp.ttlSeconds - lagBlocks(chain) * blockTimeSeconds', 'stamp.ttlSeconds'),
  ),
  bug(
    'tops up only stamps that show use',
    edit(
      CANDIDATES,
      '.filter(({ stamp }) => !isBeingToppedUp(',
      '.filter(({ stamp }) => (input.seen.stamps.get(stamp.batchId)?.utilization ?? 0) > 0 && !isBeingToppedUp(',
    ),
  ),
  bug(
    'stops a round of top-ups after the first',
    edit(
      CANDIDATES,
      'return due.map(({ stamp, remaining }) => {',
      'return due.slice(0, 1).map(({ stamp, remaining }) => {',
    ),
  ),
  bug(
    'tops up surplus',
    edit(CANDIDATES, 'keep: Math.max(0, (policy.targets.get(depth) ?? 0) - onOrder),', 'keep: 1e6,'),
  ),
  bug(
    'ignores that a deadline is near',
    edit(CANDIDATES, 'OPERATION_SECONDS ? 0 : 4,', 'OPERATION_SECONDS ? 4 : 4,'),
  ),
  bug(
    'tops up the longest-lived stamp first',
    edit(
      CANDIDATES,
      '.toSorted((a, b) => a.stamp.expiresAt.getTime() - b.stamp.expiresAt.getTime());',
      '.toSorted((a, b) => b.stamp.expiresAt.getTime() - a.stamp.expiresAt.getTime());',
    ),
  ),
  bug(
    'fills any depth before an empty one',
    edit(NEEDS, 'if (level.available === 0) return level.onOrder === 0 ? 1 : 2;', ''),
    edit(
      NEEDS,
      'return isLow(level, policy.lowReserveThreshold) ? 3 : 4;',
      'return isLow(level, policy.lowReserveThreshold) ? 4 : 4;',
    ),
  ),
  bug(
    'treats a depth as empty although it adopts a batch for it',
    edit(NEEDS, 'rankOf({ ...level, available }', 'rankOf(level'),
  ),
  bug(
    'ignores what the wallet must keep',
    edit(LIMITS, 'if (wallet === null) return null;', 'if (wallet !== undefined) return null;'),
  ),
  bug(
    'ignores the daily limit',
    edit(LIMITS, 'if (spentLastDay + cost > limit) {', 'if (cost > limit * 1000n) {'),
  ),
  bug('ignores the highest price', edit(LIMITS, 'price <= maxPrice)', 'price <= maxPrice * 1000n)')),
  bug(
    'sends two requests at a time',
    edit(
      LIMITS,
      'stock.openOrders.find((order) => claimOf(order) === null && !isLeftOver(order, input));',
      "stock.openOrders.find((order) => order.state === 'planned');",
    ),
    edit(
      LIMITS,
      "find((order) => order.kind === 'purchase' && !isLeftOver(order, input));",
      "find((order) => order.state === 'planned');",
    ),
    edit(LIMITS, 'if (sending)', 'if (sending && stock.openOrders.length > 9)'),
    edit('reconciler/in-flight.ts', 'if (this.#sending) throw', 'if (this.#sending === undefined) throw'),
  ),
  bug(
    'does not report that an outcome is unknown',
    edit(ANSWER, 'incidents: [unknownOutcome(order, answer.cause)],', 'incidents: [],'),
    edit(LASTING, ': unknownOutcome(order, order.cause)', ': []'),
  ),
  bug(
    'does not report that Bee refused',
    edit(
      ANSWER,
      'incidents: [{ code: incident, subject: order.node, detail: describeRefusal(answer) }],',
      'incidents: [],',
    ),
  ),
  bug(
    'holds because funds are missing, and does not report it',
    edit('domain/action.ts', "  'WALLET_BZZ',\n", ''),
  ),
  bug(
    'reports that it expires a stamp, and does not record it',
    edit('reconciler/act.ts', "{ change: 'stampExpired', batchId }, ", ''),
  ),
  bug(
    'never expires a stamp',
    edit(PLAN, 'expiresAt <= now && since !== null', 'expiresAt === null && since !== null'),
  ),
  bug(
    'does not follow the depth that a stamp is diluted to',
    edit(
      APPLY,
      'const { depth, amount, immutable, withheld } = change;',
      'const { amount, immutable, withheld } = change;\n      const { depth } = stamp;',
    ),
  ),
  bug(
    'does not report that the clock was set',
    edit(CLOCK, 'Math.abs(byMs) < JUMP_MS', 'Math.abs(byMs) >= 0'),
  ),
  bug(
    'does not notice that the clock was set before the next regular run',
    edit(
      'reconciler/loop.ts',
      'if (incident) this.#parts.incidents.report(incident);\n    this.#parts.runs.request();',
      'if (incident) this.#parts.incidents.report(incident);',
    ),
  ),
  bug(
    'does not move expiries when the clock is set',
    edit(
      'store/sqlite/write-change.ts',
      'statements.moveExpiries.run({ byMs: change.byMs, fromMs: at.getTime() - change.byMs });',
      'statements.moveExpiries.run({ byMs: 0, fromMs: at.getTime() - change.byMs });',
    ),
  ),
  bug(
    'counts the stock when the expiries have been moved and the time that they are compared with has not',
    edit(
      'reconciler/loop.ts',
      'if (await expiryClock.follow(move)) await levels.recount();',
      'await expiryClock.follow(async (byMs) => { await move(byMs); await levels.recount(); });',
    ),
  ),
  bugOfNodes(
    'buys the stock of a node again that answers later than another one after hours in which no process ran',
    edit('reconciler/assess.ts', '...awaitNodes({ at: own.at, own: record, others, nodeAwaySeconds }),', ''),
  ),
  bugOfNodes(
    'replaces the stock of a node that has answered and is not settled yet',
    edit('reconciler/assess.ts', '...countedAgain(own, observedAt, nodeAwaySeconds),', ''),
  ),
  bugOfNodes(
    'takes what a node has answered by the time of its request, although the expiries have been moved since',
    edit(
      'reconciler/observe.ts',
      'const observation: Observation = { ...read.reading, at: expiryClock.at(beganMs) };',
      'const observation: Observation = { at: read.at, ...read.reading };',
    ),
    edit(
      'reconciler/observe.ts',
      'return { supersededOnDisk, beganMs,',
      'return { at: clock.now(), supersededOnDisk, beganMs,',
    ),
  ),
  bug(
    'compares times to live with the wall clock',
    edit('pool/create-pool.ts', '...momentOf(policy, expiryClock.now())', '...momentOf(policy, clock.now())'),
    edit(
      'signals/expiry-clock.ts',
      'if (this.#isShared || Math.abs(this.#stepMs()) < MIN_STEP_MS) return false;',
      'if (Math.abs(this.#stepMs()) !== 1e9) return false;',
    ),
  ),
  bug(
    'does not observe the node after an exhausted acquire',
    edit(
      'pool/create-pool.ts',
      'if (policy.immediateReplenish && outcomes',
      'if (policy.immediateReplenish && requests.length > 99 && outcomes',
    ),
  ),
  bug(
    'does not report that a transaction is stuck',
    edit(STUCK, 'if (blocks < STUCK_BLOCKS) return [];', 'if (blocks >= 0) return [];'),
  ),
  bug(
    'does not recognise a purchase that has been diluted since',
    edit(ORDER, 'stamp.depth >= order.depth &&', 'stamp.depth === order.depth &&'),
  ),
  bug(
    'waits for ever for an order that was planned and not sent',
    edit('reconciler/settle.ts', '...unsent.map(neverSent), ', ''),
  ),
  bug(
    'sends again at once when the node is busy',
    edit(LIMITS, 'if (backOff !== null) {', "if (backOff?.why === '') {"),
  ),
  bug('does not add the cost of a top-up', edit(APPLY, 'plur(stamp.cost + change.cost)', 'stamp.cost')),
  bug(
    'does not publish acquisitions to subscribers',
    edit(RESERVE, 'Math.max(0, level.available - count)', 'Math.max(0, level.available)'),
  ),
  bug(
    'sends a new subscriber nothing before the first change',
    edit('signals/levels.ts', 'for (let seen = -1;', 'for (let seen = this.#changes;'),
  ),
  bug(
    'publishes the levels from before the change',
    edit('signals/levels.ts', 'for (let seen = -1;', 'let value = this.#value;\n      for (let seen = -1;'),
    edit(
      'signals/levels.ts',
      'await push(this.#value);',
      'await push(value);\n          value = this.#value;',
    ),
  ),
  bug(
    'lists a page of each depth, one after the other',
    edit('store/sqlite/available-page.ts', 'rows.toSorted(soonestFirst)', 'rows'),
  ),
  bug(
    'starts each page with the last stamp of the previous one',
    edit(
      STATEMENTS,
      "${stamps.batchId}) > (${compared('afterMs')}",
      "${stamps.batchId}) >= (${compared('afterMs')}",
    ),
  ),
  bug(
    'does not record refused demand',
    edit(DECIDE, '    count(demand, request,', '    if (row) count(demand, request,'),
  ),
  bug(
    'records demand by the depth given, not by the depth asked for',
    edit(
      DECIDE,
      'const key = `${depth} ${outcome}`;',
      'if (row) depth = row.depth;\n  const key = `${depth} ${outcome}`;',
    ),
  ),
  bug(
    'reports a reserve as low that is not',
    edit(
      RESERVE,
      'available <= lowReserveThreshold && available < target',
      'available <= lowReserveThreshold',
    ),
  ),
  bug(
    'counts requests that it has not sent',
    edit(
      'reconciler/reconcile.ts',
      "purchasesSent: count('buy'),",
      "purchasesSent: count('buy') + count('topUp'),",
    ),
  ),
  bug(
    'does not report that a stamp is withheld as missing',
    edit(
      STAMP,
      'withheld !== stamp.withheld && isReported',
      "withheld !== 'missing' && withheld !== stamp.withheld && isReported",
    ),
    edit(LASTING, 'if (!isReported(', "if (withheld === 'missing' || !isReported("),
  ),
  bug(
    'abandons an order by the first list after a start, although Bee does not list all at once',
    edit(ORDER, 'SAFETY_MARGIN_BLOCKS || !input.absenceCounts)', 'SAFETY_MARGIN_BLOCKS)'),
  ),
  bug(
    'replaces a stamp each time that it disappears',
    edit(
      STAMP,
      'missingBlocks >= LOST_BLOCKS && input.absenceCounts && !wasLostWithinDay(stamp, now)',
      'missingBlocks >= LOST_BLOCKS',
    ),
  ),
  bug(
    'does not report that another user has diluted a stamp',
    edit(STAMP, 'if (shown.depth > stamp.depth)', 'if (shown.depth > stamp.depth + 99)'),
  ),
  bug(
    'keeps counting a stamp that was acquired',
    edit(ACQUIRE, '    this.#tables.counts.move(given.before, given.after);\n', ''),
  ),
  bug(
    'keeps counting a stamp as available that has become too short-lived',
    edit(COUNTS, '      addTo(groups, group, -count);\n', ''),
  ),
  bug(
    'skips the last stamp of each slice when it settles',
    edit('reconciler/slices.ts', '    yield stamps;\n', '    yield stamps.slice(0, -1);\n'),
  ),
  bug(
    'loses one of the stamps that are due for a top-up',
    edit('store/sqlite/due-stamps.ts', 'limit: count })', 'limit: count - 1 })'),
  ),
  bug(
    'adopts a batch that it has just recognised as bought',
    edit(
      SETTLE_NODE,
      'const left = unpooled.filter(({ batchId }) => !orders.bought.has(batchId));',
      'const left = unpooled;',
    ),
    ADOPTS_UNACCOUNTED,
  ),
  bug(
    'does not count withheld stamps',
    edit(RESERVE, 'if (withheld !== null) count', "if (withheld === 'in_use') count"),
  ),
  bug(
    'holds without a reason',
    edit(
      PLAN,
      '      if (blocked !== null) return [held(action, blocked)];\n',
      "      if (blocked?.code === 'BUDGET') return [];\n      if (blocked !== null) return [held(action, blocked)];\n",
    ),
  ),
  bug(
    'adds a tenth of the configured hours by a top-up',
    edit(SPENDING, 'blocksFor(policy.topUpSeconds, policy)', 'blocksFor(policy.topUpSeconds / 10, policy)'),
  ),
  bug(
    'buys without the hour that a stamp needs to become usable',
    edit(
      SPENDING,
      'purchasedSeconds(policy) + jitterSeconds',
      'policy.defaultDurationSeconds + jitterSeconds',
    ),
  ),
  bug(
    'buys for the hours of a top-up',
    edit(SPENDING, 'purchasedSeconds(policy) + jitterSeconds', 'policy.topUpSeconds + jitterSeconds'),
  ),
  bug(
    'increases the back-off with each refusal, also after a success',
    edit(
      'reconciler/back-off.ts',
      '    this.#refusals = 0;\n    this.#current = null;',
      '    this.#current = null;',
    ),
  ),
  bug(
    'leaves orders of unknown outcome out of the spending',
    edit(
      ORDER_STATEMENTS,
      "${orders.state} not in ('rejected', 'abandoned')",
      "${orders.state} not in ('rejected', 'abandoned', 'unknown')",
    ),
  ),
  bug(
    'records the time to live of the purchase, not the remaining one',
    edit(
      DECIDE,
      'ttlSeconds: Math.floor(((stamp.expiresAt?.getTime() ?? 0) - moment.at.getTime()) / 1000),',
      'ttlSeconds: stamp.ttlAtCreationSeconds ?? 0,',
    ),
  ),
  bug(
    'records the time to live at creation in minutes',
    edit(
      STAMP,
      'const ttlAtCreationSeconds = ttlSeconds({ expiresAt }, seen.at);',
      'const ttlAtCreationSeconds = Math.floor(ttlSeconds({ expiresAt }, seen.at) / 60);',
    ),
  ),
  bug(
    'expires a stamp that was not shown for 12 blocks',
    edit(PLAN, 'block - since >= LOST_BLOCKS', 'block - since >= 12'),
  ),
  bug(
    'gives a larger stamp although one of the exact depth is there',
    edit(
      DECIDE,
      'let depth: Depth | undefined = request.depth;',
      'const above = stock.depthAbove(request.depth, request.node);\n  let depth: Depth | undefined = request.allowLarger ? (above ?? request.depth) : request.depth;',
    ),
  ),
  bug(
    'gives the stamp that expires last',
    edit(
      ACQUIRE_STATEMENTS,
      'ORDER BY expires_at, batch_id LIMIT',
      'ORDER BY expires_at DESC, batch_id LIMIT',
    ),
  ),
  bug(
    'does not compare the node that answers with the one that owns the stock',
    edit(IDENTITY, '  if (other !== null) {', '  if (other !== null && other === pinned) {'),
  ),
  bug(
    'treats several nodes that answer alternately as one',
    edit('bee/observe.ts', 'if (addresses.size === 1) return;', 'if (addresses.size >= 1) return;'),
  ),
  bug(
    'forgets on a restart that another node has answered',
    edit(
      'wiring/engine.ts',
      '  if (enabled) assertOwned(',
      "  await store.write(names.map((node) => ({ change: 'nodeReturned', node })), clock.now());\n  if (enabled) assertOwned(",
    ),
  ),
  bug(
    'trusts a node again after its first answer',
    edit(IDENTITY, 'next.observations >= MIN_OBSERVATIONS && blocks >= MIN_BLOCKS', 'next.observations >= 1'),
  ),
  bug(
    'gives out the stamps of a node while another one answers',
    edit('store/sqlite/giving-nodes.ts', 'nodes.filter((node) => !withheld.has(node))', 'nodes'),
  ),
  bug(
    'counts the stamps of a node as available while another one answers',
    edit('domain/node.ts', "if (hasChanged) return 'node_changed';", ''),
  ),
  bug('does not report that another node answers', edit('domain/action.ts', "  'NODE_CHANGED',\n", '')),
  bug(
    'trusts a head of the chain that stands still',
    edit('reconciler/chain-head.ts', 'const MAX_STALL_BLOCKS = 24;', 'const MAX_STALL_BLOCKS = 24e6;'),
  ),
  bug(
    'adds a canary to the pool',
    edit(
      ORDER,
      'isForReserve(order) ? stampOf(order, match, input) : undefined',
      'stampOf(order, match, input)',
    ),
  ),
  bug(
    'adopts a canary',
    edit(SETTLE_NODE, 'return pooled.union(canaries);', 'return pooled;'),
    ADOPTS_UNACCOUNTED,
  ),
  bug(
    'counts a canary on order as a stamp on order',
    edit(RESERVE, 'if (isForReserve(order)) countsOf', "if (order.kind === 'purchase') countsOf"),
  ),
  bug(
    'buys a canary beside a living one, each day',
    edit(CANARY, 'canaries.bought.length === 0', 'canaries.bought.length >= 0'),
  ),
  bug(
    'buys a canary in each run that shows none',
    edit(
      CANARY,
      'if (isOnOrder || wasBoughtWithinDay(canaries, seen, policy)) return null;',
      'if (isOnOrder) return null;',
    ),
    edit(CANARY, 'seen.chain.block - since < LOST_BLOCKS', 'seen.chain.block - since < 0'),
  ),
  bug(
    'buys a canary before the stamps of the reserve',
    edit(CANARY, 'const CANARY_RANK = 5;', 'const CANARY_RANK = 0;'),
  ),
  bug(
    'never buys the canary',
    edit(CANARY, 'if (canaries.bought.length === 0) return', 'if (canaries.bought.length > 9) return'),
  ),
  bugOfNodes(
    'plans an order although another node has planned one since',
    edit(
      'store/sqlite/sqlite-allocation-store.ts',
      'if (decidedAt !== this.#allocation) throw',
      'if (decidedAt < 0) throw',
    ),
  ),
  bugOfNodes(
    'compares the targets with the stock of the own node',
    edit(
      NEEDS,
      'pool.stock.nodes.map(({ depths }) => depths)',
      'pool.stock.nodes.filter(({ node }) => node === seen.node).map(({ depths }) => depths)',
    ),
    edit(NEEDS, 'levelsOf = ({ pool }: FreshPlanInput,', 'levelsOf = ({ pool, seen }: FreshPlanInput,'),
  ),
  bugOfNodes(
    'gives out the stamps of a node that is away',
    edit(
      'store/sqlite/giving-nodes.ts',
      'nodes.filter((node) => !withheld.has(node))',
      "nodes.filter((node) => withheld.get(node) !== 'node_changed')",
    ),
  ),
  bugOfNodes(
    'buys with a drained node',
    edit(PLAN, 'if (policy.drainedNodes.has(seen.node)) return planDrained(fresh, policy, now);', ''),
  ),
  bugOfNodes(
    'holds the daily limit for each node',
    edit(
      'reconciler/read-pool.ts',
      'await store.allocations.spentByPoolSince(',
      'await store.spentByNodeSince(parts.node, ',
    ),
  ),
  bugOfRivals(
    'writes what a holder decides that has lost the lease: there is no fencing',
    edit(STORE, 'if (lease) this.leases.assertHeld(lease, at);', ''),
  ),
  bugOfRivals(
    'takes the lease for granted, although another process has it',
    edit(
      'reconciler/lease-keeper.ts',
      'await leases.hold({ node, holder, ttlMs, at: clock.now() });',
      '(await leases.hold({ node, holder, ttlMs, at: clock.now() })) ?? { node, holder, token: 1 };',
    ),
  ),
  bugOfRivals(
    'trusts the notifications of commits, and does not catch up on those that were lost',
    edit(
      'signals/follow-commits.ts',
      'newest = Math.max(newest, revision);',
      'if (revision > levels.revision + 1) return;\n    newest = revision;',
    ),
  ),
  bugOfRivals(
    'sends the request of an order however long its commit took',
    edit('reconciler/act.ts', 'tookMs <= MAX_COMMIT_MS', 'tookMs >= 0'),
  ),
  bugOfRivals(
    'decides on an observation however old it is',
    edit('reconciler/observation-age.ts', 'MAX_AGE_TO_PLAN_MS = 120_000', 'MAX_AGE_TO_PLAN_MS = Infinity'),
  ),
];
