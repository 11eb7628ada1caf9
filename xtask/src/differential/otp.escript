#!/usr/bin/env escript
%% Runs supervision trees and kill scripts on OTP's own `supervisor`, and writes what each supervisor saw.
%%
%%   escript otp.escript TREES TRACES
%%
%% TREES holds one Erlang term a tree:
%%
%%   {tree, Number, Root, Steps}
%%   Root  = {supervisor, Id, Strategy, Intensity, Period, AutoShutdown, [Child]}
%%   Child = {Restart, Shutdown, Significant, Root}
%%         | {Restart, Shutdown, Significant, {worker, Id, Stubborn, [{Life, fails | panics | ignores}]}}
%%   Step  = {stop, Id, normal | shutdown | fail | panic | kill} | {start, Id} | {terminate, Id} | {wait, Milliseconds}
%%
%% The children of a simple_one_for_one supervisor are workers that steps start and terminate; what it knows of the
%% first it knows of all.
%%
%% TRACES gets one line an event, in the order of each supervisor, and a last line a tree:
%%
%%   NUMBER STEP SUPERVISOR CHILD LIFE starts | fails | ignores | CLASS FAREWELL
%%   NUMBER done | late
%%
%% where CLASS is normal, shutdown, killed or crash, and FAREWELL is 1 if the child's terminate ran to its end, else 0.
%% The root's own events have the supervisor `top`. A tree is late if the machine took so long over its waits that
%% intensity windows mean nothing.
%%
%% What a supervisor saw is taken from a trace of its process: the ends of its children as they reach its mailbox, and
%% calls of mark/1, which its start functions make. One process, one order.

-module(otp).
-mode(compile).
-export([main/1, mark/1, start_worker/3, start_supervisor/3, init/1, handle_cast/2, handle_call/3, handle_info/2,
         terminate/2]).

%% So many trees run at a time, beside those that wait for the clock, which all do.
-define(AT_A_TIME, 32).
%% A tree whose waits took longer than they should by this many milliseconds is late.
-define(SLACK, 350).

main([Trees, Traces]) ->
    ok = logger:set_primary_config(level, none),
    %% A tree that never comes to rest must not hold up whoever waits for this.
    {ok, _} = timer:apply_after(timer:seconds(120), erlang, halt, [3]),
    {ok, All} = file:consult(Trees),
    erlang:trace_pattern({?MODULE, mark, 1}, true, []),
    {Slow, Quick} = lists:partition(fun waits/1, All),
    Collector = self(),
    [start_driver(Collector, Tree) || Tree <- Slow],
    {Next, Later} = lists:split(min(?AT_A_TIME, length(Quick)), Quick),
    [start_driver(Collector, Tree) || Tree <- Next],
    Found = collect(length(All), Later, []),
    ok = file:write_file(Traces, [Lines || {_Number, Lines} <- lists:keysort(1, Found)]).

waits({tree, _, _, Steps}) -> lists:keymember(wait, 1, Steps).

start_driver(Collector, {tree, Number, _, _} = Tree) ->
    spawn_link(fun() -> Collector ! {done, Number, waits(Tree), drive(Tree, 3)} end).

collect(0, _, Found) -> Found;
collect(Missing, Later, Found) ->
    receive
        {done, Number, Waited, Lines} ->
            %% A tree that waited was none of those that make room for the next.
            Rest = case {Waited, Later} of
                {false, [Tree | Trees]} -> start_driver(self(), Tree), Trees;
                _ -> Later
            end,
            collect(Missing - 1, Rest, [{Number, Lines} | Found])
    end.

%% One tree, from its start to the end of everything in it. The process that does it is the root's parent and the
%% tracer of every supervisor.
drive({tree, Number, Root, Steps} = Tree, Attempts) ->
    process_flag(trap_exit, true),
    Table = ets:new(tree, [public]),
    Began = erlang:monotonic_time(millisecond),
    {RootPid, Start} = start_root(Table, Root),
    {Events, Ended} = run(Steps, 1, Table, RootPid, Start ++ lists:reverse(told(0, Table))),
    Lateness = erlang:monotonic_time(millisecond) - Began - lists:sum([For || {wait, For} <- Steps]),
    All = lists:reverse(finish(Ended, length(Steps) + 1, Table, RootPid, Events)),
    ets:delete(Table),
    IsLate = waits(Tree) andalso Lateness > ?SLACK,
    if
        IsLate, Attempts > 1 -> drive(Tree, Attempts - 1);
        true -> [[line(Number, Event) || Event <- All], io_lib:format("~b ~s~n", [Number, verdict(IsLate)])]
    end.

verdict(true) -> "late";
verdict(false) -> "done".

%% The root's own start and end are not in the trace of any supervisor: its parent tells them.
start_root(Table, {supervisor, Id, _, _, _, _, _} = Root) ->
    case start_supervisor(Table, self(), Root) of
        {ok, Pid} -> {Pid, [{0, top, Id, 1, starts}]};
        {error, _} -> {none, [{0, top, Id, 1, fails}, {0, top, Id, 1, starts}]}
    end.

run([], _, _, none, Events) -> {Events, true};
run([], _, _, _, Events) -> {Events, false};
run([Step | Steps], At, Table, Root, Events) ->
    act(Step, Table),
    Alive = settle(Root),
    After = lists:reverse(told(At, Table)) ++ Events,
    case Alive of
        true -> run(Steps, At + 1, Table, Root, After);
        {false, Reason} -> run(Steps, At + 1, Table, none, [root_ended(At, Table, Reason) | After]);
        none -> run(Steps, At + 1, Table, none, After)
    end.

finish(true, _, _, _, Events) -> Events;
finish(false, At, Table, Root, Events) ->
    exit(Root, shutdown),
    Reason = receive {'EXIT', Root, Why} -> Why end,
    [root_ended(At, Table, Reason) | lists:reverse(told(At, Table)) ++ Events].

root_ended(At, Table, Reason) ->
    [{root, Id}] = ets:lookup(Table, root),
    {At, top, Id, 1, {class(Reason), 0}}.

%% Does a step, and waits until the worker that it ends has ended.
act({wait, For}, _) -> timer:sleep(For);
act({stop, Id, How}, Table) ->
    case ets:lookup(Table, {worker, Id}) of
        [{_, Pid}] ->
            Monitor = monitor(process, Pid),
            case How of
                kill -> exit(Pid, kill);
                _ -> gen_server:cast(Pid, {stop, How})
            end,
            receive {'DOWN', Monitor, process, Pid, _} -> ok end;
        [] -> ok
    end;
act({start, Id}, Table) ->
    case {alive(Table, {worker, Id}), dynamic(Table, Id)} of
        %% What comes of it is in the trace.
        {none, {Supervisor, Spec}} when is_pid(Supervisor) -> supervisor:start_child(Supervisor, [Spec]);
        _ -> ok
    end;
act({terminate, Id}, Table) ->
    case {alive(Table, {worker, Id}), dynamic(Table, Id)} of
        {Pid, {Supervisor, _}} when is_pid(Pid) -> ok = supervisor:terminate_child(Supervisor, Pid);
        _ -> ok
    end.

%% The supervisor that may start that worker, if it runs, and what it starts it from.
dynamic(Table, Id) ->
    case ets:lookup(Table, {dynamic, Id}) of
        [{_, Supervisor, Spec}] -> {alive(Table, {pid, Supervisor}), Spec};
        [] -> none
    end.

alive(Table, Key) ->
    case ets:lookup(Table, Key) of
        [{_, Pid}] -> case is_process_alive(Pid) of true -> Pid; false -> none end;
        [] -> none
    end.

%% Waits until nothing happens in the tree any more.
%%
%% Once a worker is dead, one thing goes on at a time: a supervisor handles an end (it starts and stops children before
%% it does anything else), tries again what did not start, or ends itself, and then its parent handles that. So what
%% goes on only ever moves up. A supervisor that answers, and whose children are alive, none of them `restarting`, has
%% nothing to do and was told of nothing that it has not handled. If all of them do, asked from the root down, nothing
%% goes on: a supervisor that was asked before something below it ended would have shown a child that is now dead, and
%% the call to that one fails.
settle(none) -> none;
settle(Root) ->
    case is_settled(Root) of
        true -> true;
        false ->
            case is_process_alive(Root) of
                true -> erlang:yield(), settle(Root);
                false -> receive {'EXIT', Root, Reason} -> {false, Reason} end
            end
    end.

is_settled(Supervisor) ->
    try supervisor:which_children(Supervisor) of
        Children ->
            lists:all(fun({_, undefined, _, _}) -> true;
                         ({_, restarting, _, _}) -> false;
                         ({_, Pid, worker, _}) -> is_process_alive(Pid);
                         ({_, Pid, supervisor, _}) -> is_settled(Pid)
                      end, Children)
    catch exit:_ -> false
    end.

%% What the supervisors were told since the last time, oldest first.
told(At, Table) ->
    Delivered = erlang:trace_delivered(all),
    told(At, Table, Delivered, []).

told(At, Table, Delivered, Events) ->
    receive
        {trace, Supervisor, call, {?MODULE, mark, [{What, Id, Life}]}} ->
            told(At, Table, Delivered, [{At, name(Table, Supervisor), Id, Life, What} | Events]);
        {trace, Supervisor, 'receive', {'EXIT', Pid, Reason}} ->
            told(At, Table, Delivered, ended(At, Table, Supervisor, Pid, Reason) ++ Events);
        {trace, Supervisor, 'receive', {'DOWN', _, process, Pid, Reason}} ->
            told(At, Table, Delivered, ended(At, Table, Supervisor, Pid, Reason) ++ Events);
        {trace, _, _, _} ->
            told(At, Table, Delivered, Events);
        {trace_delivered, all, Delivered} ->
            lists:reverse(Events)
    end.

%% An end counts once, though a supervisor may hear of it as a link and as a monitor, and only at the parent: a
%% supervisor that is told to stop hears `EXIT` from its parent.
ended(At, Table, Supervisor, Pid, Reason) ->
    case ets:lookup(Table, {up, Pid}) of
        [{_, Supervisor, Id, Life}] ->
            ets:delete(Table, {up, Pid}),
            Farewell = length(ets:take(Table, {farewell, Pid})),
            [{At, name(Table, Supervisor), Id, Life, {class(Reason), Farewell}}];
        _ -> []
    end.

name(Table, Supervisor) ->
    [{_, Id}] = ets:lookup(Table, {supervisor, Supervisor}),
    Id.

class(normal) -> normal;
class(shutdown) -> shutdown;
class({shutdown, _}) -> shutdown;
class(killed) -> killed;
class(_) -> crash.

line(Number, {At, Supervisor, Child, Life, {Class, Farewell}}) ->
    io_lib:format("~b ~b ~w ~b ~b ~s ~b~n", [Number, At, Supervisor, Child, Life, Class, Farewell]);
line(Number, {At, Supervisor, Child, Life, What}) ->
    io_lib:format("~b ~b ~w ~b ~b ~s~n", [Number, At, Supervisor, Child, Life, What]).

%% What the trace shows of a call. Called by its full name, or it would not be traced.
mark(_) -> ok.

%% The start functions; they run in the supervisor.

start_worker(Table, _, {worker, Id, Stubborn, Starts}) ->
    Life = life(Table, Id),
    ?MODULE:mark({starts, Id, Life}),
    Outcome = proplists:get_value(Life, Starts, up),
    started(Table, Id, Life, gen_server:start_link(?MODULE, {worker, Table, Id, Stubborn, Outcome}, [])).

start_supervisor(Table, Driver, {supervisor, Id, _, _, _, _, _} = Spec) ->
    Life = life(Table, Id),
    ?MODULE:mark({starts, Id, Life}),
    started(Table, Id, Life, supervisor:start_link(?MODULE, {supervisor, Table, Driver, Spec})).

life(Table, Id) -> ets:update_counter(Table, {life, Id}, 1, {{life, Id}, 0}).

started(Table, Id, Life, {ok, Pid} = Result) ->
    ets:insert(Table, {{up, Pid}, self(), Id, Life}),
    Result;
started(_, Id, Life, ignore) ->
    ?MODULE:mark({ignores, Id, Life}),
    ignore;
started(_, Id, Life, Error) ->
    ?MODULE:mark({fails, Id, Life}),
    Error.

%% The callbacks of both behaviours; `-behaviour` stands nowhere because each would complain of the other's init/1.

init({supervisor, Table, Driver, {supervisor, Id, Strategy, Intensity, Period, AutoShutdown, Children}}) ->
    ets:insert_new(Table, {root, Id}),
    ets:insert(Table, [{{supervisor, self()}, Id}, {{pid, Id}, self()}]),
    erlang:trace(self(), true, [call, 'receive', {tracer, Driver}]),
    Flags = #{strategy => Strategy, intensity => Intensity, period => Period, auto_shutdown => AutoShutdown},
    {ok, {Flags, children(Strategy, Table, Driver, Id, Children)}};
init({worker, Table, Id, Stubborn, up}) ->
    %% Without this a stop would end it before it can say farewell.
    process_flag(trap_exit, true),
    ets:insert(Table, {{worker, Id}, self()}),
    {ok, {Table, Stubborn}};
init({worker, _, _, _, fails}) -> {stop, failed};
init({worker, _, _, _, panics}) -> error(panic);
init({worker, _, _, _, ignores}) -> ignore.

children(simple_one_for_one, Table, _, Id, Children) ->
    [ets:insert(Table, {{dynamic, element(2, Spec)}, Id, Spec}) || {_, _, _, Spec} <- Children],
    [{Restart, Shutdown, _, _} | _] = Children,
    [#{id => any, start => {?MODULE, start_worker, [Table, none]}, restart => Restart, shutdown => Shutdown}];
children(_, Table, Driver, _, Children) ->
    [child(Table, Driver, Child) || Child <- Children].

child(Table, Driver, {Restart, Shutdown, Significant, Spec}) ->
    {Type, Start} = case element(1, Spec) of
        worker -> {worker, start_worker};
        supervisor -> {supervisor, start_supervisor}
    end,
    #{id => element(2, Spec), start => {?MODULE, Start, [Table, Driver, Spec]}, restart => Restart,
      significant => Significant, shutdown => Shutdown, type => Type}.

handle_cast({stop, panic}, _) -> error(panic);
%% A worker that ends by itself is not stubborn about it.
handle_cast({stop, fail}, {Table, _}) -> {stop, failed, {Table, false}};
handle_cast({stop, Reason}, {Table, _}) -> {stop, Reason, {Table, false}}.

handle_call(_, _, State) -> {noreply, State}.

handle_info(_, State) -> {noreply, State}.

%% OTP calls terminate after an exception; ours does not after a panic, where the state may be half changed. Not
%% compared.
terminate({panic, _}, _) -> ok;
%% Whether it gets so far before it is killed is a matter of milliseconds. Not compared either.
terminate(_, {_, true}) -> receive never -> ok end;
terminate(_, {Table, false}) -> ets:insert(Table, {{farewell, self()}}).
