-- Each request refunds another charge, from the number that the first argument gives.
local number = 0
local refused = 0

function init(arguments)
  number = tonumber(arguments[1])
  wrk.method = "POST"
  wrk.headers["Authorization"] = "Bearer " .. arguments[2]
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  number = number + 1
  wrk.headers["Idempotency-Key"] = string.format("%036d", number)
  return wrk.format(nil, "/refunds", nil, '{"chargeId":"ch_' .. number .. '"}')
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format("figures %d %d %d %d %d %d", summary.requests, summary.duration,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
