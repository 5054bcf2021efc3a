// Starts GraphiQL in its page. Served as it is; React, ReactDOM and GraphiQL are the globals of the scripts before it.
(() => {
  const { React, ReactDOM, GraphiQL } = window;

  const FIRST_QUERY = `subscription {
  reserveLevels {
    totalAvailable
    depths { depth target available onOrder low }
  }
}
`;

  const isSubscription = ({ operationName }, { documentAST } = {}) =>
    documentAST?.definitions.some(
      ({ operation, name }) =>
        operation === 'subscription' && (!operationName || name?.value === operationName),
    ) ?? false;

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
  async function fetcher(parameters, options) {
    if (!isSubscription(parameters, options)) {
      const response = await post(parameters, 'application/json', options);
      return await response.json();
    }
    const response = await post(parameters, 'text/event-stream', options);
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
    return isStream ? eventsOf(response) : await response.json();
  }

  const root = ReactDOM.createRoot(document.getElementById('graphiql'));
  root.render(React.createElement(GraphiQL, { fetcher, defaultQuery: FIRST_QUERY }));
})();
