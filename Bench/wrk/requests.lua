-- Requests of one kind to a server, in the dialect that the kind begins with or Redmine's; closes with one line of figures.
--   wrk -t1 -c8 -d5s -s requests.lua BASE -- KIND KEY FIRST_ID LAST_ID DEEP_OFFSET PROJECT STATUS_ID ASSIGNEE_ID DENSITY LONG_ID QUEUE
local kind, first, last, deep, project, status, assignee, density, long, queue
local counter = 0
-- From the vocabulary of `parley generate`, from the commonest to the rarest.
local words = {"gan", "len", "boun", "boufan", "benan", "bougran", "beatren", "bikon", "babean", "beatroun"}

function init(args)
  kind = args[1]
  local isRT = kind:sub(1, 3) == "rt-"
  if args[2] then wrk.headers[isRT and "Authorization" or "X-Redmine-API-Key"] = (isRT and "token " or "") .. args[2] end
  wrk.headers["Content-Type"] = isRT and "application/x-www-form-urlencoded" or "application/json"
  first, last, deep = tonumber(args[3] or 1), tonumber(args[4] or 1), args[5] or "0"
  project, status, assignee = args[6] or "", args[7] or "1", args[8] or "me"
  -- How many of the numbers from the first to the last the account sees; an issue with a long history; the project's name.
  density, long, queue = tonumber(args[9] or 1), args[10] or "1", args[11] or ""
  math.randomseed(4711)
end

local function get(path) return wrk.format("GET", path) end

local function word() return words[math.random(#words)] end

-- A window of numbers, at a random place, in which so many issues are seen on average.
local function window(count)
  local width = math.ceil(count / density)
  local from = math.random(first, math.max(first, last - width))
  return "id%20%3E%3D%20" .. from .. "%20AND%20id%20%3C%20" .. from + width
end

local function escape(text)
  return (text:gsub("[^%w]", function(c) return string.format("%%%02X", c:byte()) end))
end

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
  ["rt-show"] = function() return get("/REST/1.0/ticket/" .. math.random(first, last) .. "/show") end,
  ["rt-list"] = function() return get("/REST/1.0/search/ticket?format=l&query=" .. window(25)) end,
  ["rt-list-100"] = function() return get("/REST/1.0/search/ticket?format=l&query=" .. window(100)) end,
  ["rt-history"] = function() return get("/REST/1.0/ticket/" .. long .. "/history?format=l") end,
  ["rt-create"] = function()
    local form = "id: ticket/new\nQueue: " .. queue .. "\nSubject: made under load " .. counter
      .. "\nText: A description of some length, as people write it when a dialog crashes.\n"
    return wrk.format("POST", "/REST/1.0/ticket/new", nil, "content=" .. escape(form))
  end,
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
