%% The peer `beam`: one line in, one line out, a round each.
%%
%% "ROW N" is answered with "ok FIGURE" in the row's unit, or "error REASON". Rounds run in a process of their own, so
%% that none leaves garbage behind for the next. "idle N" keeps N processes; "quit" or the end of input ends it.
-module(runtime_bench).
-behaviour(gen_server).
-export([main/0]).
-export([start_link/1, start_link/2, init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2]).

-define(NAMES, 1024).
-define(RINGS, 1000).

main() ->
    %% Restarts and crashes are meant here; nobody reads reports of them.
    ok = logger:set_primary_config(level, none),
    io:format("ready ~s ~s ~s~n", [os:getpid(), erlang:system_info(otp_release), erlang:system_info(emu_flavor)]),
    loop().

loop() ->
    case io:get_line("") of
        eof -> halt(0);
        {error, _} -> halt(1);
        Line ->
            case string:lexemes(string:trim(Line), " ") of
                ["quit"] -> halt(0);
                [Row, N] -> io:format("~s~n", [answer(Row, list_to_integer(N))]), loop()
            end
    end.

answer(Row, N) ->
    {Pid, Monitor} = spawn_monitor(fun() -> exit({figure, round_of(Row, N)}) end),
    receive
        {'DOWN', Monitor, process, Pid, {figure, Figure}} -> io_lib:format("ok ~w", [Figure]);
        {'DOWN', Monitor, process, Pid, Reason} ->
            io_lib:format("error ~0p", [Reason])
    end.

round_of("call_1", N) -> call(N, 1);
round_of("call_1_inline", N) -> call(N, 1);
round_of("call_64", N) -> call(N, 64);
round_of("cast_1_1", N) -> cast(N, 1);
round_of("cast_4_1", N) -> cast(N, 4);
round_of("ring", N) -> ring(N);
round_of("start_stop", N) -> start_stop(N, none);
round_of("start_stop_named", N) -> start_stop(N, runtime_bench_named);
round_of("restart_kill", N) -> restart(N, kill);
round_of("restart_panic", N) -> restart(N, crash);
round_of("ecosystem_up_" ++ _, N) -> element(1, ecosystem(N));
round_of("ecosystem_down_" ++ _, N) -> element(2, ecosystem(N));
round_of("lookup_1", N) -> lookup(N, 1);
round_of("lookup_2", N) -> lookup(N, 2);
round_of("register_unregister", N) -> register_unregister(N);
round_of("idle", N) -> idle(N).

%% Time, as in the Rust variants: from the word to begin to the moment that the last party notes.

now_() -> erlang:monotonic_time().

seconds(Begun, End) -> erlang:convert_time_unit(End - Begun, native, nanosecond) / 1.0e9.

rate(N, Begun, End) -> N / seconds(Begun, End).

last_of(Parties) -> last_of(Parties, []).

last_of(0, Ends) -> lists:max(Ends);
last_of(Parties, Ends) -> receive {finished, End} -> last_of(Parties - 1, [End | Ends]) end.

%% One gen_server, callers that are processes; gen_server:call with its default time limit of five seconds.

call(N, Callers) ->
    {ok, Server} = gen_server:start(?MODULE, server, []),
    Each = N div Callers,
    Driver = self(),
    Begun = now_(),
    [spawn_link(fun() -> calls(Server, Each), Driver ! {finished, now_()} end) || _ <- lists:seq(1, Callers)],
    End = last_of(Callers),
    gen_server:stop(Server),
    rate(Each * Callers, Begun, End).

calls(_Server, 0) -> ok;
calls(Server, N) ->
    Sum = N + 1,
    Sum = gen_server:call(Server, {N, 1}),
    calls(Server, N - 1).

%% One gen_server that counts, senders that are processes; gen_server:cast.

cast(N, Senders) ->
    Each = N div Senders,
    {ok, Sink} = gen_server:start(?MODULE, {sink, self(), Each * Senders}, []),
    Begun = now_(),
    [spawn_link(fun() -> casts(Sink, Each) end) || _ <- lists:seq(1, Senders)],
    End = last_of(1),
    gen_server:stop(Sink),
    rate(Each * Senders, Begun, End).

casts(_Sink, 0) -> ok;
casts(Sink, N) ->
    gen_server:cast(Sink, {N, 1}),
    casts(Sink, N - 1).

%% Plain processes and `!`, which is the quickest that the BEAM has.

ring(N) ->
    Driver = self(),
    Links = [spawn_link(fun() -> link_wait(Driver) end) || _ <- lists:seq(1, ?RINGS)],
    [Link ! {next, Next} || {Link, Next} <- lists:zip(Links, tl(Links) ++ [hd(Links)])],
    Begun = now_(),
    hd(Links) ! {N, 1},
    End = last_of(1),
    [begin unlink(Link), exit(Link, kill) end || Link <- Links],
    rate(N, Begun, End).

link_wait(Driver) -> receive {next, Next} -> link_loop(Driver, Next) end.

link_loop(Driver, Next) ->
    receive
        {1, _} -> Driver ! {finished, now_()}, link_loop(Driver, Next);
        {Left, One} -> Next ! {Left - 1, One}, link_loop(Driver, Next)
    end.

%% A simple_one_for_one supervisor: start_child answers after init, terminate_child after the end.

start_stop(N, Name) ->
    process_flag(trap_exit, true),
    {ok, Sup} = supervisor:start_link(?MODULE, {dynamic, Name}),
    Begun = now_(),
    start_stop_loop(Sup, N),
    End = now_(),
    stop_supervisor(Sup),
    rate(N, Begun, End).

start_stop_loop(_Sup, 0) -> ok;
start_stop_loop(Sup, N) ->
    {ok, Pid} = supervisor:start_child(Sup, []),
    ok = supervisor:terminate_child(Sup, Pid),
    start_stop_loop(Sup, N - 1).

stop_supervisor(Sup) ->
    Monitor = monitor(process, Sup),
    exit(Sup, shutdown),
    receive {'DOWN', Monitor, process, Sup, _} -> ok end.

%% One permanent child with a registered name below a one_for_one supervisor; its init tells that it is up.

restart(N, How) ->
    process_flag(trap_exit, true),
    {ok, Sup} = supervisor:start_link(?MODULE, {restarts, self()}),
    receive {up, _} -> ok end,
    Took = [restart_once(How) || _ <- lists:seq(1, N)],
    stop_supervisor(Sup),
    median([seconds(Begun, Up) * 1.0e6 || {Begun, Up} <- Took]).

restart_once(How) ->
    Victim = whereis(runtime_bench_victim),
    Begun = now_(),
    case How of
        kill -> exit(Victim, kill);
        crash -> gen_server:cast(Victim, crash)
    end,
    receive {up, Up} -> {Begun, Up} end.

median(Values) ->
    Sorted = lists:sort(Values),
    Length = length(Sorted),
    (lists:nth((Length + 1) div 2, Sorted) + lists:nth(Length div 2 + 1, Sorted)) / 2.

%% A one_for_one supervisor with a coordinator and N workers, each with a registered name; the names exist beforehand.
%% Up: until the last worker has joined and the supervisor answers. Down: until the supervisor is gone.

ecosystem(N) ->
    process_flag(trap_exit, true),
    Names = [list_to_atom("runtime_bench_worker_" ++ integer_to_list(I)) || I <- lists:seq(1, N)],
    Begun = now_(),
    {ok, Sup} = supervisor:start_link(?MODULE, {ecosystem, self(), N, Names}),
    Started = now_(),
    Up = max(Started, last_of(1)),
    BegunDown = now_(),
    stop_supervisor(Sup),
    Down = now_(),
    {seconds(Begun, Up) * 1.0e3, seconds(BegunDown, Down) * 1.0e3}.

%% A public table from names to processes, and whether the process is alive.

lookup(N, Threads) ->
    Table = ets:new(runtime_bench_names, [set, public, {read_concurrency, true}]),
    Living = [begin
        {ok, Pid} = gen_server:start(?MODULE, server, []),
        true = ets:insert_new(Table, {name(I), Pid}),
        Pid
    end || I <- lists:seq(0, ?NAMES - 1)],
    Each = N div Threads,
    Driver = self(),
    Lookers = [spawn_link(fun() ->
        Names = shuffled(Thread, ?NAMES, []),
        Driver ! ready,
        receive go -> ok end,
        Begun = now_(),
        looks(Table, Names, Names, Each),
        Driver ! {looked, Begun, now_()}
    end) || Thread <- lists:seq(0, Threads - 1)],
    [receive ready -> ok end || _ <- Lookers],
    [Looker ! go || Looker <- Lookers],
    Times = [receive {looked, Begun, End} -> {Begun, End} end || _ <- Lookers],
    [gen_server:stop(Pid) || Pid <- Living],
    ets:delete(Table),
    {Begins, Ends} = lists:unzip(Times),
    rate(Each * Threads, lists:min(Begins), lists:max(Ends)).

looks(_Table, _Left, _Names, 0) -> ok;
looks(Table, [], Names, N) -> looks(Table, Names, Names, N);
looks(Table, [Name | Left], Names, N) ->
    true = is_pid(whereis_alive(Table, Name)),
    looks(Table, Left, Names, N - 1).

whereis_alive(Table, Name) ->
    case ets:lookup(Table, Name) of
        [{_, Pid}] ->
            case is_process_alive(Pid) of
                true -> Pid;
                false -> undefined
            end;
        [] -> undefined
    end.

name(I) -> list_to_binary(io_lib:format("worker-~9..0w", [I])).

shuffled(_At, 0, Names) -> Names;
shuffled(At, Left, Names) ->
    Next = (At * 421 + 1663) rem ?NAMES,
    shuffled(Next, Left - 1, [name(Next) | Names]).

register_unregister(N) ->
    Table = ets:new(runtime_bench_names, [set, public, {read_concurrency, true}]),
    [ets:insert_new(Table, {name(I), self()}) || I <- lists:seq(0, ?NAMES - 1)],
    Names = [name(?NAMES + I) || I <- lists:seq(0, ?NAMES - 1)],
    Begun = now_(),
    pairs(Table, Names, Names, N),
    End = now_(),
    ets:delete(Table),
    rate(N, Begun, End).

pairs(_Table, _Left, _Names, 0) -> ok;
pairs(Table, [], Names, N) -> pairs(Table, Names, Names, N);
pairs(Table, [Name | Left], Names, N) ->
    true = ets:insert_new(Table, {Name, self()}),
    true = ets:delete(Table, Name),
    pairs(Table, Left, Names, N - 1).

%% Idle gen_servers without names and without a supervisor; a process of their own keeps them.

idle(N) ->
    Driver = self(),
    spawn(fun() ->
        Pids = [begin {ok, Pid} = gen_server:start(?MODULE, server, []), Pid end || _ <- lists:seq(1, N)],
        Driver ! {started, length(Pids)},
        receive never -> Pids end
    end),
    receive {started, N} -> N end.

%% What the gen_servers and the supervisors are.

start_link(Arg) -> gen_server:start_link(?MODULE, Arg, []).
start_link(Name, Arg) -> gen_server:start_link({local, Name}, ?MODULE, Arg, []).

init(server) -> {ok, server};
init({sink, Driver, Expected}) -> {ok, {sink, Driver, Expected}};
init({victim, Driver}) ->
    Driver ! {up, now_()},
    {ok, victim};
init({coordinator, Driver, N}) -> {ok, {coordinator, Driver, N}};
init({worker, Coordinator}) ->
    gen_server:cast(Coordinator, join),
    {ok, worker};
init({dynamic, none}) -> {ok, {dynamic_flags(), [child({?MODULE, start_link, [server]})]}};
init({dynamic, Name}) -> {ok, {dynamic_flags(), [child({?MODULE, start_link, [Name, server]})]}};
init({restarts, Driver}) ->
    Flags = #{strategy => one_for_one, intensity => 1000000, period => 1},
    {ok, {Flags, [child({?MODULE, start_link, [runtime_bench_victim, {victim, Driver}]})]}};
init({ecosystem, Driver, N, Names}) ->
    Coordinator = runtime_bench_coordinator,
    First = child({?MODULE, start_link, [Coordinator, {coordinator, Driver, N}]}),
    Workers = [(child({?MODULE, start_link, [Name, {worker, Coordinator}]}))#{id => Name} || Name <- Names],
    {ok, {#{strategy => one_for_one, intensity => 1, period => 5}, [First | Workers]}}.

dynamic_flags() -> #{strategy => simple_one_for_one, intensity => 1, period => 5}.

child(Start) -> #{id => child, start => Start}.

handle_call({A, B}, _From, server) -> {reply, A + B, server}.

handle_cast({_, One}, {sink, Driver, Left}) ->
    case Left - One of
        0 -> Driver ! {finished, now_()};
        _ -> ok
    end,
    {noreply, {sink, Driver, Left - One}};
handle_cast(join, {coordinator, Driver, 1}) ->
    Driver ! {finished, now_()},
    {noreply, {coordinator, Driver, 0}};
handle_cast(join, {coordinator, Driver, Left}) ->
    {noreply, {coordinator, Driver, Left - 1}};
handle_cast(crash, victim) ->
    error(planned).

handle_info(_, State) -> {noreply, State}.

terminate(_Reason, _State) -> ok.
