-- The script of wrk: sends one request again and again, and counts the responses whose body matches a pattern.
-- Arguments: method, body, pattern, file for what the pattern found, then the headers as name and value.
local threads, out = {}, nil

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  wrk.method, wrk.body, pattern = args[1], args[2], args[3]
  if wrk.body == "" then wrk.body = nil end
  if args[4] ~= "" then out = io.open(args[4], "a") end
  for at = 5, #args, 2 do wrk.headers[args[at]] = args[at + 1] end
  answers, found = 0, 0
  if pattern == "" then
    response = nil
  end
  request_text = wrk.format()
end

function request()
  return request_text
end

function response(status, headers, body)
  answers = answers + 1
  local from, to = string.find(body, pattern)
  if from and status == 200 then
    found = found + 1
    if out then out:write(string.sub(body, from, to), "\n") end
  elseif answers - found < 3 then
    io.stderr:write("unexpected answer ", status, ": ", string.sub(body, 1, 300), "\n")
  end
end

function done(summary, latency)
  local answers, found = 0, 0
  for _, thread in ipairs(threads) do
    answers, found = answers + (thread:get("answers") or 0), found + (thread:get("found") or 0)
  end
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"answers":%d,"found":%d,"seconds":%f,"p50Ms":%f,"p99Ms":%f,"errors":%d}\n',
    summary.requests, answers, found, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status)) -- a late answer is no wrong one
end
