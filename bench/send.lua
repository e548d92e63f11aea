-- What wrk sends: the requests of the file given as argument in turn, and a report as JSON.
-- A line of the file: method, path, header "name: value" or -, body or -, separated by tabs.

local requests, turn = {}, 0

function init(args)
  for line in io.lines(args[1]) do
    local method, path, header, body = line:match("^(.-)\t(.-)\t(.-)\t(.*)$")
    local headers = { ["Accept-Language"] = "de" }
    if header ~= "-" then
      local name, value = header:match("^(.-): (.*)$")
      headers[name] = value
    end
    if body ~= "-" then
      headers["Content-Type"] = "application/json"
      table.insert(requests, { method, path, headers, body })
    else
      table.insert(requests, { method, path, headers })
    end
  end
  math.randomseed(os.time())
end

function request()
  turn = turn % #requests + 1
  local method, path, headers, body = unpack(requests[turn])
  if body then
    headers["Idempotency-Key"] = string.format("%d-%d", math.random(2 ^ 30), math.random(2 ^ 30))
  end
  return wrk.format(method, path, headers, body)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout
  ))
end
