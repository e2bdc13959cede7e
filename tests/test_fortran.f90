! SPDX-License-Identifier: GPL-3.0-or-later
! The Fortran module: the Wenzhou case against the figures its README.md and the repository's print, places of errors,
! ownership (under valgrind), and the option structs against the library's own.
module checks
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: error_unit
  use lantian
  implicit none
  integer :: failures = 0
  integer :: calls = 0
contains

  subroutine check(holds, what)
    logical, intent(in) :: holds
    character(len=*), intent(in) :: what
    if (holds) return
    failures = failures + 1
    write (error_unit, '(2a)') 'failed: ', what
  end subroutine

  subroutine check_near(got, expected, tolerance, what)
    real(c_double), intent(in) :: got, expected, tolerance
    character(len=*), intent(in) :: what
    character(len=80) :: numbers
    if (abs(got - expected) <= tolerance) return
    write (numbers, '(2(a, es24.16))') ' is', got, ', not', expected
    call check(.false., what//trim(numbers))
  end subroutine

  subroutine check_text(got, expected, what)
    character(len=*), intent(in) :: got, expected, what
    call check(got == expected, what//" is '"//got//"', not '"//expected//"'")
  end subroutine

  ! The value of a column in the row that has these texts.
  real(c_double) function value_at(table, column, key, text)
    type(lantian_table), intent(in) :: table
    character(len=*), intent(in) :: column, key, text
    real(c_double), pointer :: values(:)
    integer :: row
    value_at = huge(value_at)
    values => table%numbers(column)
    do row = 1, table%rows()
      if (table%text(row, key) == text) value_at = values(row)
    end do
  end function

  function variable(name) result(answer)
    character(len=*), intent(in) :: name
    character(len=:), allocatable :: answer
    character(len=1024) :: value
    integer :: length
    call get_environment_variable(name, value, length)
    answer = value(:length)
  end function

  function wenzhou(name) result(answer)
    character(len=*), intent(in) :: name
    character(len=:), allocatable :: answer
    answer = variable('LANTIAN_SOURCE')//'/examples/wenzhou/'//name
  end function

  logical function stop_at_once(done)
    real(c_double), intent(in) :: done
    call check(done >= 0 .and. done <= 1, 'a share of the work outside [0, 1]')
    calls = calls + 1
    stop_at_once = .false.
  end function

  logical function go_on(done)
    real(c_double), intent(in) :: done
    calls = calls + 1
    go_on = done >= 0
  end function
end module checks

! A struct as the library's own _init makes it: as long, and with the same defaults.
module structs
  use, intrinsic :: iso_c_binding
  use lantian_c
  use checks
  implicit none
contains

  ! But for the four bytes after an odd number of ints, which nobody sets: `gap` are before them.
  subroutine check_bytes(what, ours, theirs, gap)
    character(len=*), intent(in) :: what
    integer(c_int8_t), intent(in) :: ours(:), theirs(:)
    integer, intent(in) :: gap
    integer(c_size_t) :: bytes
    integer :: i
    logical :: same
    bytes = transfer(theirs(:c_sizeof(bytes)), bytes)
    call check(bytes == size(ours), what//' has another size in the library')
    same = .true.
    do i = 1, size(ours)
      if (i > gap .and. i <= gap + 4) cycle
      same = same .and. ours(i) == theirs(i)
    end do
    call check(same, what//' has other defaults in the library')
  end subroutine

  subroutine check_structs
    integer(c_int8_t), target :: theirs(1024)
    type(ltn_read_options) :: read
    type(ltn_inventory_options) :: inventory
    type(ltn_projection_options) :: projection
    type(ltn_ensemble_options) :: ensemble
    type(ltn_output_options) :: output
    type(ltn_grouping) :: grouping
    integer, parameter :: none = -4 ! no gap
    theirs = 0
    read%struct_size = c_sizeof(read)
    call ltn_read_options_init(c_loc(theirs))
    call check_bytes('ltn_read_options', transfer(read, theirs), theirs, none)
    inventory%struct_size = c_sizeof(inventory)
    call ltn_inventory_options_init(c_loc(theirs))
    call check_bytes('ltn_inventory_options', transfer(inventory, theirs), theirs, none)
    projection%struct_size = c_sizeof(projection)
    call ltn_projection_options_init(c_loc(theirs))
    call check_bytes('ltn_projection_options', transfer(projection, theirs), theirs, 28)
    ensemble%struct_size = c_sizeof(ensemble)
    call ltn_ensemble_options_init(c_loc(theirs))
    call check_bytes('ltn_ensemble_options', transfer(ensemble, theirs), theirs, none)
    output%struct_size = c_sizeof(output)
    call ltn_output_options_init(c_loc(theirs))
    call check_bytes('ltn_output_options', transfer(output, theirs), theirs, 12)
    grouping%struct_size = c_sizeof(grouping)
    call ltn_grouping_init(c_loc(theirs), 0_c_int)
    call check_bytes('ltn_grouping', transfer(grouping, theirs), theirs, 20)
  end subroutine
end module structs

! Each subroutine below leaves its objects to be freed by the end of it.
program test_fortran
  use, intrinsic :: iso_c_binding
  use, intrinsic :: ieee_arithmetic, only: ieee_is_nan
  use lantian
  use checks
  use structs
  implicit none

  call check_structs
  call test_the_case
  call test_targets
  call test_ensemble
  call test_files
  call test_bad_files
  call test_missing_things
  call test_ownership
  if (failures > 0) stop 1

contains

  subroutine read_case(base, plan, run)
    type(lantian_inventory), intent(inout) :: base
    type(lantian_scenario), intent(inout) :: plan
    type(lantian_projection), intent(inout) :: run
    type(lantian_tree) :: regions, sectors
    call regions%read_regions(wenzhou('regions.csv'))
    call sectors%read_sectors(wenzhou('sectors.csv'))
    call base%read(wenzhou('baseline-2015.csv'), regions=regions, sectors=sectors)
    call plan%read(wenzhou('blue-sky-2020.yaml'))
    call run%run(base, plan, progress=go_on)
  end subroutine

  subroutine test_the_case
    type(lantian_inventory) :: base
    type(lantian_scenario) :: plan
    type(lantian_projection) :: run
    call read_case(base, plan, run)
    call check(base%base_year() == 2015 .and. base%reconstructed(), 'the head of the inventory')
    call check_text(base%baseline(), 'reconstruction-2015', 'the baseline')
    call check(plan%base_year() == 2015 .and. plan%last_year() == 2020, 'the years of the plan')
    call check(plan%measure_id(1) /= '' .and. plan%measure_id(plan%measures() + 1) == '', 'the ids of measures')
    call check(calls > 0, 'no progress was told')
    call check_rows(base)
    call check_sums(base, run)
    call check_closure(base, run)
  end subroutine

  ! The first source of the file, by hand: 532,670 t · 10.2 kg/t · (1 − 0.95) = 271.6617 t of SO2 and
  ! 532,670 t · 7.21 kg/t · (1 − 0.82) = 691.299126 t of NOx.
  subroutine check_rows(base)
    type(lantian_inventory), intent(in) :: base
    type(lantian_table) :: sources, emissions
    character(len=:), allocatable :: names(:), pollutants(:)
    real(c_double), pointer :: tonnes(:)
    integer(c_int32_t), pointer :: first(:)
    call base%source_table(sources)
    call base%emission_table(emissions)
    first => base%first()
    tonnes => emissions%numbers('emission_t')
    call sources%texts('source', names)
    call emissions%texts('pollutant', pollutants)
    call check_text(trim(names(1)), 'WZ-zheneng-wenzhou-1', 'the first source')
    call check(pollutants(first(1) + 1) == 'SO2' .and. pollutants(first(1) + 2) == 'NOx', 'the first rows')
    call check_near(tonnes(first(1) + 1), 271.6617_c_double, 1e-9_c_double, 'SO2 of the first source')
    call check_near(tonnes(first(1) + 2), 691.299126_c_double, 1e-9_c_double, 'NOx of the first source')
    call check(size(first) == sources%rows() + 1 .and. first(size(first)) == size(tonnes), 'where sources begin')
    call check_text(sources%text(1, 'region'), '330382', 'the region of the first source')
    call check(size(pollutants) == size(tonnes) .and. size(names) == sources%rows(), 'the lengths of columns')
  end subroutine

  ! The totals of 2015 in examples/wenzhou/README.md, and those of 2020 in README.md.
  subroutine check_sums(base, run)
    type(lantian_inventory), intent(in) :: base
    type(lantian_projection), intent(in) :: run
    type(lantian_table) :: sums
    character(len=3), parameter :: pollutants(3) = ['SO2', 'NOx', 'VOC']
    real(c_double), parameter :: before(3) = [42724, 75324, 100933]
    real(c_double), parameter :: after(3) = [10823.8_c_double, 46359.0_c_double, 75500.9_c_double]
    integer :: i
    call base%summarise(lantian_by_pollutant, sums)
    do i = 1, 3
      call check_near(value_at(sums, 'emission_t', 'pollutant', pollutants(i)), before(i), 0.5_c_double, &
        pollutants(i)//' of 2015')
    end do
    call run%summarise(lantian_by_pollutant, sums)
    do i = 1, 3
      call check_near(value_at(sums, 'emission_t', 'pollutant', pollutants(i)), after(i), 0.05_c_double, &
        pollutants(i)//' of 2020')
    end do
    call check(sums%rows() == 3 .and. sums%columns() == 2 .and. sums%name(2) == 'emission_t', 'the form of the sums')
    call run%summarise(lantian_by_region + lantian_by_pollutant + lantian_by_year, sums, region_depth=0)
    call check(sums%rows() == 18, 'one city, three pollutants and six years')
    call check_text(sums%text(1, 'region'), '330300', 'the city')
    call run%summarise(lantian_by_pollutant, sums, attribute='owner', scope='county')
    call check(sums%find('owner') > 0, 'the column of the attribute')
  end subroutine

  ! Base + ledger = projected, over all rows and years.
  subroutine check_closure(base, run)
    type(lantian_inventory), intent(in) :: base
    type(lantian_projection), intent(in) :: run
    type(lantian_inventory) :: derived, later
    type(lantian_table) :: ledger, before, made, after
    integer(c_int), pointer :: years(:)
    real(c_double), pointer :: delta(:), year(:), emissions(:)
    real(c_double) :: gross
    integer :: i
    call base%emission_table(before)
    call run%derived(derived)
    call derived%emission_table(made)
    call run%ledger(lantian_by_year + lantian_by_measure + lantian_by_pollutant, ledger)
    years => run%years()
    delta => ledger%numbers('delta_t')
    year => ledger%numbers('year')
    call check(all(years == [2015, 2016, 2017, 2018, 2019, 2020]), 'the years')
    call check(made%rows() > 0, 'rows that measures made')
    do i = 1, size(years)
      emissions => run%emissions(years(i))
      call check(size(emissions) == before%rows() + made%rows(), 'the rows of a year')
      gross = sum(before%numbers('emission_t')) + sum(abs(delta), mask=nint(year) == years(i))
      call check_near(sum(emissions), sum(before%numbers('emission_t')) + sum(delta, mask=nint(year) == years(i)), &
        1e-12_c_double*gross, 'base + ledger')
    end do
    call check(.not. associated(run%emissions(2021)), 'a year that is not projected')
    call run%inventory(2020, later)
    call later%emission_table(after)
    call check_near(sum(after%numbers('emission_t')), sum(emissions), 1e-12_c_double*gross, 'the inventory of 2020')
    call check(later%base_year() == 2020, 'its base year')
  end subroutine

  subroutine test_targets
    type(lantian_inventory) :: base
    type(lantian_scenario) :: plan
    type(lantian_projection) :: run
    type(lantian_targets) :: targets
    type(lantian_table) :: table
    real(c_double), pointer :: from(:), to(:), cut(:), required(:)
    integer :: row, judged
    call read_case(base, plan, run)
    call targets%read(wenzhou('targets.csv'))
    call targets%check(run, table)
    call check(table%rows() == targets%count(), 'a row a target')
    from => table%numbers('base_t')
    to => table%numbers('projected_t')
    cut => table%numbers('cut_pct')
    required => table%numbers('required_cut_pct')
    judged = 0
    do row = 1, table%rows()
      if (table%text(row, 'pollutant') /= 'SO2' .or. table%text(row, 'met') == '') cycle
      judged = judged + 1
      call check_near(cut(row), 100*(1 - to(row)/from(row)), 1e-9_c_double, 'a cut')
      call check_text(table%text(row, 'met'), merge('yes', 'no ', cut(row) >= required(row)), 'met')
    end do
    call check(judged >= 11, 'every county is judged on SO2')
  end subroutine

  subroutine test_ensemble
    type(lantian_inventory) :: base
    type(lantian_scenario) :: plan
    type(lantian_projection) :: run
    type(lantian_targets) :: targets
    type(lantian_ensemble) :: ensemble, again
    type(lantian_table) :: summary, probabilities
    real(c_double), pointer :: draws(:), low(:), high(:), mean(:), sd(:), error(:)
    integer :: row, status
    call read_case(base, plan, run)
    call targets%read(wenzhou('targets.csv'))
    call ensemble%run(run, draws=200, seed=7_c_int64_t, sampling=lantian_latin_hypercube, targets=targets, &
      by=lantian_by_pollutant)
    call ensemble%summary([0.0_c_double, 1.0_c_double], summary)
    call check(ensemble%draw_count() == 200 .and. summary%rows() == 3, 'the draws and sums')
    mean => summary%numbers('mean_t')
    sd => summary%numbers('sd_t')
    error => summary%numbers('mean_error_t')
    low => summary%numbers('p0_t')
    high => summary%numbers('p100_t')
    do row = 1, 3
      draws => ensemble%draws(row)
      call check_near(sum(draws)/200, mean(row), 1e-12_c_double*mean(row), 'the mean of the draws')
      call check_near(sqrt(sum((draws - mean(row))**2)/199), sd(row), 1e-9_c_double*mean(row), 'their deviation')
      call check_near(error(row), sd(row)/sqrt(200.0_c_double), 1e-9_c_double*mean(row), 'the error of the mean')
      call check(low(row) == minval(draws) .and. high(row) == maxval(draws), 'the quantiles 0 and 1')
    end do
    call check(.not. associated(ensemble%draws(4)) .and. .not. associated(ensemble%draws(0)), 'a row past the end')
    call ensemble%targets(probabilities)
    call check(probabilities%rows() == targets%count() .and. probabilities%find('p_met') > 0, 'the probabilities')
    call ensemble%run(run, draws=200, progress=stop_at_once, status=status)
    call check(status == lantian_ecancelled .and. .not. ensemble%is_set(), 'an ensemble that is stopped')
    call ensemble%run(run, draws=0, status=status)
    call check(status == lantian_eargument, 'an ensemble without draws')
    call again%run(run, draws=10, region_depth=0, status=status)
    call check(status == lantian_eargument .and. index(lantian_error_message(), '`by`') > 0, 'a depth of nothing')
    call ensemble%free()
    call ensemble%summary([0.5_c_double], summary, status)
    call check(status == lantian_eargument, 'a summary of nothing')
  end subroutine

  ! What is written can be read again.
  subroutine test_files
    type(lantian_inventory) :: base, again
    type(lantian_scenario) :: plan
    type(lantian_projection) :: run
    type(lantian_targets) :: targets
    type(lantian_ensemble) :: ensemble, stored
    type(lantian_table) :: before, after
    character(len=:), allocatable :: folder
    logical :: there
    folder = variable('LANTIAN_BUILD')//'/tests/fortran'
    call read_case(base, plan, run)
    call targets%read(wenzhou('targets.csv'))
    call run%write(folder, targets=targets, language=lantian_chinese)
    inquire (file=folder//'/result.nc', exist=there)
    call check(there, 'result.nc')
    inquire (file=folder//'/targets.csv', exist=there)
    call check(there, 'targets.csv')
    call base%write_hdf5(folder//'/base.h5')
    call again%read(folder//'/base.h5  ')
    call base%emission_table(before)
    call again%emission_table(after)
    call check(all(before%numbers('emission_t') == after%numbers('emission_t')), 'the store has the same bits')
    call base%write_csv(folder//'/base.csv')
    call again%read(folder//'/base.csv')
    call again%emission_table(after)
    call check(all(before%numbers('emission_t') == after%numbers('emission_t')), 'the CSV has the same bits')
    call ensemble%run(run, draws=10)
    call ensemble%write_hdf5(folder//'/ensemble.h5')
    call stored%read_hdf5(folder//'/ensemble.h5')
    call check(all(stored%draws(1) == ensemble%draws(1)), 'the stored draws')
    call check_notes(run, folder)
  end subroutine

  subroutine check_notes(run, folder)
    type(lantian_projection), intent(in) :: run
    character(len=*), intent(in) :: folder
    type(lantian_table) :: notes, zh, explained
    integer :: status
    call run%notes(notes)
    call run%notes(zh, language=lantian_chinese)
    call check(notes%rows() > 0 .and. notes%rows() == zh%rows(), 'the notes')
    call check(notes%text(1, 'text') /= zh%text(1, 'text'), 'their languages')
    call notes%write_csv(folder//'/noted.csv')
    call notes%write_csv(folder//'/no/such/folder.csv', status)
    call check(status == lantian_eio, 'a folder that is not there')
    call run%explain('WZ-zheneng-yueqing-1', explained)
    call check(explained%rows() > 0 .and. explained%find('after_t') > 0, 'one source explained')
    call run%explain('nobody', explained, status)
    call check(status == lantian_enotfound .and. .not. explained%is_set(), 'a source that is not there')
  end subroutine

  ! tests/data/bad says with each file what is wrong where.
  subroutine test_bad_files
    type(lantian_inventory) :: base
    type(lantian_scenario) :: plan
    type(lantian_tree) :: regions
    type(lantian_targets) :: targets
    type(lantian_complaints) :: list
    type(lantian_error) :: error
    character(len=:), allocatable :: path, message
    integer :: status
    path = variable('LANTIAN_TEST_DATA')//'/bad/negative.csv'
    call base%read(path, complaints=list, status=status)
    call check(status == lantian_einput .and. .not. base%is_set(), 'a bad file is not loaded')
    error = lantian_last_error()
    call check(error%code == lantian_einput .and. error%line == 2 .and. error%column == 25, 'the place of the first')
    message = lantian_error_message()
    call check(index(message, path//':2:25: emission_t -1.5 is negative') == 1, 'its message: '//message)
    call check(list%count() == 6, 'all complaints')
    error = list%get(6)
    call check(error%code == lantian_einput .and. error%line == 6 .and. error%column == 37, 'the place of the last')
    call check_text(error%source, path, 'its file')
    call check(index(error%message, 'factor_cv -0.2 is negative') == 1, 'its message')
    error = list%get(7)
    call check_text(error%message, '', 'past the end')
    call base%read('no such file', status=status)
    call check(status == lantian_eio .and. index(lantian_error_message(), 'no such file') == 1, 'no inventory')
    call plan%read(path, status=status)
    call check(status == lantian_einput, 'a scenario that is none')
    call regions%read_regions(path, list, status)
    call check(status == lantian_einput .and. list%count() > 0, 'regions that are none')
    call targets%read(path, list, status)
    call check(status == lantian_einput .and. list%count() > 0, 'targets that are none')
    call base%read(wenzhou('baseline-2015.csv'), encoding='latin1', status=status)
    call check(status == lantian_eargument, 'an encoding that is not known')
  end subroutine

  ! Nothing crashes on what is not there.
  subroutine test_missing_things
    type(lantian_inventory) :: base
    type(lantian_scenario) :: plan
    type(lantian_projection) :: run
    type(lantian_table) :: table
    character(len=:), allocatable :: texts(:)
    integer :: status
    call run%run(base, plan, status=status)
    call check(status == lantian_eargument, 'a run of nothing')
    call check_text(lantian_error_message(), 'the inventory is empty; expected one that was read or computed', &
      'the message')
    call run%summarise(lantian_by_year, table, status=status)
    call check(status == lantian_eargument .and. table%rows() == 0 .and. table%find('year') == 0, 'sums of nothing')
    call check(.not. associated(run%years()) .and. .not. associated(run%emissions(2015)), 'years of nothing')
    call check(.not. associated(base%first()) .and. .not. associated(table%numbers('x')), 'views of nothing')
    call read_case(base, plan, run)
    call run%summarise(lantian_by_pollutant, table, scope='moon', status=status)
    call check(status == lantian_enotfound .and. index(lantian_error_message(), 'moon') > 0, 'a scope that is not there')
    call base%summarise(lantian_by_measure, table, status=status)
    call check(status == lantian_eargument .and. .not. table%is_set(), 'an inventory by measures')
    call base%emission_table(table)
    call table%texts('emission_t', texts, status)
    call check(status == lantian_enotfound .and. .not. allocated(texts), 'numbers as texts')
    call check(.not. associated(table%codes('emission_t')) .and. .not. associated(table%numbers('pollutant')), &
      'the wrong kind of column')
    call check(table%text(0, 'pollutant') == '' .and. table%text(table%rows() + 1, 'pollutant') == '', 'past the end')
    call check(table%word('pollutant', -1) == '' .and. table%name(0) == '', 'no such word or column')
    call table%texts('factor_key', texts, status)
    call check(status == lantian_ok .and. size(texts) == table%rows(), 'a success after failures')
  end subroutine

  ! Copies share, views keep alive, and reading again lets go. valgrind sees what is not freed, and what is freed twice.
  subroutine test_ownership
    type(lantian_inventory) :: base, copy, both(2), all(2)
    type(lantian_scenario) :: plan
    type(lantian_projection) :: run
    type(lantian_table) :: table, other
    real(c_double), pointer :: tonnes(:)
    real(c_double) :: total
    call read_case(base, plan, run)
    copy = base
    copy = copy
    both(1) = copy
    both(2) = both(1)
    all = both
    all = base
    call base%emission_table(table)
    other = table
    tonnes => table%numbers('emission_t')
    total = sum(tonnes)
    call base%free()
    call base%free()
    call copy%free()
    call both(1)%free()
    call both(2)%free()
    call check(all(1)%base_year() == 2015, 'a copy outlives what it is a copy of')
    call all(1)%free()
    call all(2)%free()
    call run%free()
    call check(.not. base%is_set() .and. table%is_set(), 'what is freed')
    call check(sum(tonnes) == total, 'a view outlives its owner')
    call read_case(base, plan, run)
    call read_case(base, plan, run)
    call base%source_table(table)
    call run%derived(base)
    call run%free()
    call check(base%is_set(), 'what a projection made outlives it')
    call test_kept(both(1))
    call check(both(1)%base_year() == 2015, 'an inventory that a subroutine left')
  end subroutine

  subroutine test_kept(kept)
    type(lantian_inventory), intent(inout) :: kept
    type(lantian_inventory) :: base
    call base%read(wenzhou('baseline-2015.csv'), threads=1)
    kept = base
  end subroutine
end program test_fortran
