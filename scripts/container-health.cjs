// The health check of the image: 0 if the process answers. A 403 is an answer: STAMP_POOL_ALLOWED_HOSTS need not name this machine.
fetch(`http://127.0.0.1:${process.env.PORT}/livez`).then(
  ({ ok, status }) => process.exit(ok || status === 403 ? 0 : 1),
  () => process.exit(1),
);
