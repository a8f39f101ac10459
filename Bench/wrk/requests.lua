-- Requests of one kind to a server that speaks Redmine's dialect; closes with one line of figures.
--   wrk -t1 -c8 -d5s -s requests.lua BASE -- KIND KEY FIRST_ID LAST_ID DEEP_OFFSET PROJECT STATUS_ID ASSIGNEE_ID
local kind, first, last, deep, project, status, assignee
local counter = 0
-- From the vocabulary of `parley generate`, from the commonest to the rarest.
local words = {"gan", "len", "boun", "boufan", "benan", "bougran", "beatren", "bikon", "babean", "beatroun"}

function init(args)
  kind = args[1]
  if args[2] then wrk.headers["X-Redmine-API-Key"] = args[2] end
  wrk.headers["Content-Type"] = "application/json"
  first, last, deep = tonumber(args[3] or 1), tonumber(args[4] or 1), args[5] or "0"
  project, status, assignee = args[6] or "", args[7] or "1", args[8] or "me"
  math.randomseed(4711)
end

local function get(path) return wrk.format("GET", path) end

local function word() return words[math.random(#words)] end

local makers = {
  static = function() return get("/") end,
  show = function() return get("/issues/" .. math.random(first, last) .. ".json") end,
  list = function() return get("/issues.json?limit=25") end,
  filter = function()
    return get("/issues.json?limit=25&project_id=" .. project .. "&status_id=" .. status .. "&assigned_to_id=" .. assignee)
  end,
  sort = function() return get("/issues.json?limit=25&sort=priority:desc,updated_on:desc") end,
  deep = function() return get("/issues.json?limit=25&status_id=*&offset=" .. deep) end,
  subject = function() return get("/issues.json?limit=25&status_id=*&subject=~" .. word()) end,
  search = function() return get("/search.json?issues=1&q=" .. word() .. "%20" .. word()) end,
  create = function()
    local body = '{"issue":{"project_id":"' .. project .. '","subject":"made under load ' .. counter
      .. '","description":"A description of some length, as people write it when a dialog crashes."}}'
    return wrk.format("POST", "/issues.json", nil, body)
  end,
  update = function()
    local body = '{"issue":{"notes":"note ' .. counter .. ': it still crashes, and a note says so.","done_ratio":'
      .. (counter % 10) * 10 .. '}}'
    return wrk.format("PUT", "/issues/" .. math.random(first, last) .. ".json", nil, body)
  end,
}

function request()
  counter = counter + 1
  return makers[kind]()
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format("FIGURES %.2f %.4f %.4f %d %d\n", summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.requests,
    e.connect + e.read + e.write + e.status + e.timeout))
end
