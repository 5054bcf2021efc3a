// Starts GraphiQL in its page. Served as it is; React, ReactDOM and GraphiQL are the globals of the scripts before it.
(() => {
  const { React, ReactDOM, GraphiQL } = window;

  /** One tab each, named after its operation. Nothing runs before its button is pressed. */
  const EXAMPLES = [
    {
      query: `# The levels now, and after each change.
subscription Levels {
  reserveLevels {
    totalAvailable
    depths { depth sizeName target available onOrder low }
  }
}
`,
    },
    {
      query: `# What the pool has, what its last run decided and why, and what went wrong.
query Status {
  poolStatus {
    enabled
    depths { depth sizeName target available onOrder surplus low }
    lowReserve
    lastRunAt
    nextRunAt
    lastRun { actions { summary reason } }
    nodes { name reachable fresh staleReason version lagBlocks }
    errors { code severity message suggestion lastAt }
  }
}
`,
    },
    {
      query: `# Gives you one stamp, permanently. A retry with the same key gets the same stamp.
mutation Acquire($input: AcquireStampInput!) {
  acquireStamp(input: $input) {
    __typename
    ... on AcquireStampSuccess {
      fallbackUsed
      replayed
      stamp { batchId depth expiresAt effectiveBytes publicUrl uploadHeader { name value } }
    }
    ... on PoolExhausted { expectedAt alternatives { depth available } }
    ... on Failure { code message suggestion }
  }
}
`,
      variables: '{ "input": { "size": "SMALL", "idempotencyKey": "a-key-of-yours" } }',
    },
    {
      query: `# What a maintenance run would do now, with reasons and costs. It changes nothing.
mutation Plan {
  runMaintenance(input: { dryRun: true }) {
    __typename
    ... on MaintenanceReport { run { actions { summary reason costBzz } errors } }
    ... on Failure { code message suggestion }
  }
}
`,
    },
    {
      query: `# The stamps in stock. Pass endCursor as "after" to get the next page.
query Stock {
  availableStamps(first: 10) {
    edges { node { batchId depth sizeName expiresAt ttlSeconds costBzz } }
    pageInfo { hasNextPage endCursor }
  }
}
`,
    },
  ];

  /** GraphiQL notices the name of the operation a moment after a tab is opened: until then it has that of the tab before. */
  const withOwnName = ({ operationName, ...parameters }) =>
    parameters.query.includes(operationName) ? { ...parameters, operationName } : parameters;

  const isSubscription = ({ query, operationName = '' }) =>
    new RegExp(`^\\s*subscription\\b\\s*${operationName}`, 'm').test(query);

  const post = (parameters, accept, { headers } = {}) =>
    fetch('/graphql', {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json', Accept: accept },
      body: JSON.stringify(parameters),
    });

  /** The data of the `next` events of a response. */
  async function* eventsOf(response) {
    let text = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const events = text.split('\n\n');
      text = events.pop();
      for (const event of events) {
        const [, data] = /^event: next\ndata: (.*)$/.exec(event) ?? [];
        if (data) yield JSON.parse(data);
      }
    }
  }

  /** Subscriptions come as server-sent events, so that the headers that a user enters are sent with them too. */
  async function fetcher(given, options) {
    const parameters = withOwnName(given);
    if (!isSubscription(parameters)) {
      const response = await post(parameters, 'application/json', options);
      return await response.json();
    }
    const response = await post(parameters, 'text/event-stream', options);
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
    return isStream ? eventsOf(response) : await response.json();
  }

  const root = ReactDOM.createRoot(document.getElementById('graphiql'));
  root.render(React.createElement(GraphiQL, { fetcher, defaultTabs: EXAMPLES }));
})();
