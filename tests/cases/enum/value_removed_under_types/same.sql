select id, m::text, n::text, f::text, e::text, p::text, w::text from holds
